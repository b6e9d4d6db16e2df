/**
 * A thread that reads images: the resize is a long loop, and would block the event loop for large
 * ones.
 */
import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { PlumageError } from "@plumage/models";
import { modelPixels } from "./modelPixels.ts";
import type { ReaderData, ReadReply, ReadRequest } from "./protocol.ts";

const { resize } = workerData as ReaderData;
const port = parentPort!;

async function read({ bytes, box, isKept }: ReadRequest): Promise<ReadReply> {
  try {
    const image = await modelPixels(bytes, resize, box);
    if (!isKept) return { kind: "done", image };
    return {
      kind: "done",
      image: { ...image, sha256: createHash("sha256").update(bytes).digest("hex") },
    };
  } catch (error) {
    if (!(error instanceof PlumageError))
      return { kind: "failed", message: (error as Error).message };
    return { kind: "refused", code: error.code, message: error.message, hint: error.hint };
  }
}

port.on("message", async (request: ReadRequest) => {
  port.postMessage(await read(request));
});
