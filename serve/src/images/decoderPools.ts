/** The processes that decode images: some for all but large images, and one for those. */
import { constants, getPriority, setPriority } from "node:os";
import { PlumageError } from "@plumage/models";
import { Client } from "@plumage/models/rpc";
import { childChannel, Pool, startProcess } from "@plumage/models/rpc/node";
import { isCpuLimit } from "./cpuLimit.ts";
import type { ImageReaderMethods } from "./imageReaderWorker.ts";

/** Decoders that are started ahead; more start as images wait. */
const warmDecoders = 2;
/** The process for large images ends when it has nothing to do, and with it its memory. */
const idleMs = 5_000;
/** Ends a decoder that hangs; one that works ends itself by its CPU time. */
const maxMs = 120_000;
/** What a slow decoder takes. */
const expectedMs = (cost: number) => cost / 32_000;

export type DecoderPool = Pool<ImageReaderMethods>;

/**
 * @param threads images decoded at a time, besides one large image
 * @param maxWaitingPixels limit of what waits for each pool
 */
export function decoderPools(
  threads: number,
  maxWaitingPixels: number,
): { shared: DecoderPool; large: DecoderPool } {
  const common = {
    maxWaiting: maxWaitingPixels,
    refusal: queueFull,
    expectedMs,
    maxMs,
    overdue: tooSlow,
  };
  const shared: DecoderPool = new Pool({
    ...common,
    start: () => clientOf(startProcess(url)),
    size: threads,
  });
  // One large image at a time: its memory is what bounds the whole server's.
  const large: DecoderPool = new Pool({
    ...common,
    start: startBehind,
    size: 1,
    endsAborted: true,
    idleMs,
  });
  shared.warmUp(warmDecoders);
  return { shared, large };
}

const url = new URL("./imageReaderWorker.ts", import.meta.url);

const clientOf = (child: ReturnType<typeof startProcess>): Client<ImageReaderMethods> =>
  new Client(childChannel(child), { failure: failureOf });

/** Starts a process behind the others: searches come first where there are too few cores. */
function startBehind(): Client<ImageReaderMethods> {
  const child = startProcess(url);
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  if (child.pid !== undefined)
    setPriority(child.pid, Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
  return clientOf(child);
}

/** Signals by which the system ends a program that went wrong. */
const crashes = /SIG(SEGV|BUS|ABRT|ILL|FPE|TRAP)/;

const failureOf = (cause: Error): Error => {
  if (isCpuLimit(cause)) return tooSlow();
  if (crashes.test(cause.message))
    return new PlumageError("bad-image", "the image makes its decoder crash", undefined, { cause });
  return new PlumageError("unavailable", "an image decoder stopped", "try again", { cause });
};

const tooSlow = () =>
  new PlumageError("bad-image", "the image takes too long to decode", "send a smaller one");

const queueFull = () =>
  new PlumageError("unavailable", "too many images are waiting", "try again in a moment");
