/** A thread that reads pictures: the resize is a long loop, and would block the event loop for large ones. */
import { parentPort, workerData } from "node:worker_threads";
import { PlumageError } from "@plumage/models";
import { modelPixels } from "./modelPixels.ts";
import type { ReaderData, ReadReply, ReadRequest } from "./protocol.ts";

const { resize } = workerData as ReaderData;
const port = parentPort!;

async function read({ bytes, box }: ReadRequest): Promise<ReadReply> {
  try {
    return { kind: "done", picture: await modelPixels(bytes, resize, box) };
  } catch (error) {
    if (!(error instanceof PlumageError)) return { kind: "failed", message: (error as Error).message };
    return { kind: "refused", code: error.code, message: error.message, hint: error.hint };
  }
}

port.on("message", async (request: ReadRequest) => {
  port.postMessage(await read(request));
});
