/** Verifies a model in tests, on the one provider that every machine has: Node's cpu. */
import { nodeRuntime } from "./runtimes.ts";
import { verifyModel } from "./verify.ts";

/** @param folder of the model */
export function verifyOnCpu(folder: string): ReturnType<typeof verifyModel> {
  const { signal } = new AbortController();
  const runtimes = { table: [nodeRuntime(folder, "cpu", signal)], close: async () => undefined };
  return verifyModel(
    folder,
    async () => runtimes,
    signal,
    () => undefined,
  );
}
