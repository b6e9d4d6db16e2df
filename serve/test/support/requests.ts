/** Requests to an app without a socket. */
import type { AppType } from "../../src/api/app.ts";
import { problemSchema } from "../../src/api/problems/problem.ts";

export type App = Pick<AppType, "request">;

export const post = (
  app: App,
  path: string,
  body: BodyInit | null,
  headers: Record<string, string> = {},
): Promise<Response> => Promise.resolve(app.request(path, { method: "POST", body, headers }));

/** A form; a name may occur several times, and bytes become files. */
export function formOf(...fields: readonly (readonly [string, string | Uint8Array])[]): FormData {
  const form = new FormData();
  for (const [name, value] of fields) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, new Blob([Uint8Array.from(value)]));
  }
  return form;
}

/** The problem document of an answer. */
export async function problemIn(answer: Response) {
  if (!answer.headers.get("content-type")?.includes("application/problem+json"))
    throw new Error(`${answer.status} is not a problem document: ${await answer.text()}`);
  return problemSchema.parse(await answer.json());
}
