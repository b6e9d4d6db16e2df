/** Tells the work for a request that its client has left. */
import type { Context } from "hono";
import { ClientLeft } from "../problems/errors.ts";

/** Aborted with ClientLeft when the connection closes before the answer. */
export function clientSignal({ req }: Context): AbortSignal {
  const controller = new AbortController();
  const { signal } = req.raw;
  // The adapter's own reason is a text.
  const abort = () => controller.abort(new ClientLeft());
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return controller.signal;
}
