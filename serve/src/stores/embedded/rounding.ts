/** What the rounding of vectors to bfloat16 does to scores. */

/** Root mean square of the relative error of a number with 8 significant bits: 2^-8 / sqrt(6). */
const relativeError = 2 ** -8 / Math.sqrt(6);
/** Standard deviations within which errors are expected. */
const deviations = 4;

/**
 * By how much two vectors' scores may be in the wrong order. The error of a dot product of rounded
 * vectors q and b has the variance 2 e^2 sum(q_i^2 b_i^2), e being the relative error; that of the
 * difference of two such products has at most twice as much, and near q, b_i is about q_i.
 *
 * @param query of unit length
 */
export function scoreMargin(query: Float32Array): number {
  let fourthPowers = 0;
  for (const value of query) {
    const square = value * value;
    fourthPowers += square * square;
  }
  return deviations * 2 * relativeError * Math.sqrt(fourthPowers);
}
