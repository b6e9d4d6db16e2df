/** The largest values of a row, in order. */

/**
 * Fills `indices` and `values` with the largest entries of `row`, largest first; of equal entries the lower index comes first.
 *
 * Insertion into a sorted list: beyond the first few hundred entries nearly every one fails the one comparison with
 * the smallest that is kept, so a row costs about one pass.
 *
 * @param row N numbers, none of them NaN
 * @param skip an index that is left out
 * @param indices k places, k <= N - 1
 * @param values k places
 */
export function selectLargest(row: Float32Array, skip: number, indices: Int32Array, values: Float32Array): void {
  const k = indices.length;
  let kept = 0;
  for (let index = 0; index < row.length; index++) {
    const value = row[index]!;
    if (index === skip || (kept === k && value <= values[k - 1]!)) continue;
    let place = kept < k ? kept++ : k - 1;
    for (; place > 0 && values[place - 1]! < value; place--) {
      values[place] = values[place - 1]!;
      indices[place] = indices[place - 1]!;
    }
    values[place] = value;
    indices[place] = index;
  }
}
