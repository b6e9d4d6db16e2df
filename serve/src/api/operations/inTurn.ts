/** The images of one request, a few at a time. */
import pLimit from "p-limit";

/** As many as the decoders' queue takes from one request when all of them are large. */
const maxAtOnce = 3;

/**
 * Maps the images of a request, so that one with a hundred of them leaves room for others. The
 * first error, or the signal, drops those that wait.
 */
export async function inTurn<Input, Output>(
  inputs: readonly Input[],
  signal: AbortSignal,
  map: (input: Input, index: number, signal: AbortSignal) => Promise<Output>,
): Promise<Output[]> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const limit = pLimit(maxAtOnce);
  return limit.map(inputs, async (input, index) => {
    both.throwIfAborted();
    try {
      return await map(input, index, both);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
}
