/** Worker threads: how they start, and the channels to them. */
export { startWorker } from "./startWorker.ts";
export { parentChannel, portChannel, workerChannel } from "./threadChannel.ts";
