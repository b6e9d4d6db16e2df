/**
 * Worker threads and other processes: how they start, the channels to them, and pools of them.
 *
 * @module @plumage/models/rpc/node
 */
export { Pool, type PoolCallOptions, type PoolOptions } from "./pool.ts";
export { childChannel, parentProcessChannel } from "./processChannel.ts";
export { socketChannel } from "./socketChannel.ts";
export { startProcess } from "./startProcess.ts";
export { startWorker } from "./startWorker.ts";
export { parentChannel, portChannel, workerChannel } from "./threadChannel.ts";
