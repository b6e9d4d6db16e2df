/** Starts onnxruntime for telemetry.test.ts. Argument: main or worker, the thread to do it in. */
import { once } from "node:events";
import { startWorker } from "@plumage/models/rpc/node";

const program = new URL("./onnxruntimeWorker.ts", import.meta.url);
if (process.argv[2] === "main") await import(program.href);
else await once(startWorker(program, undefined), "exit");
