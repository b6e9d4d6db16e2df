/** The source of a search's dot products: plain loops, or a matrix library that the caller has. */

/** Multiplies blocks of vectors of one dimension. */
export interface DotProducts {
  /**
   * @param queries [Q, dimension]
   * @param references [R, dimension]
   * @returns [Q, R]
   */
  multiply(queries: Float32Array, references: Float32Array): Float32Array | Promise<Float32Array>;
  /** Frees native resources. */
  release?(): void | Promise<void>;
}

/** Opens the products for vectors of a dimension. A search opens one and releases it. */
export type DotProductProvider = (dimension: number) => DotProducts | Promise<DotProducts>;

/** Plain loops: for small sets, and for runtimes without a matrix library. */
export const plainDotProducts: DotProductProvider = (dimension) => ({
  multiply(queries, references) {
    const [rows, columns] = [queries.length / dimension, references.length / dimension];
    const products = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let i = 0; i < dimension; i++)
          sum += queries[row * dimension + i]! * references[column * dimension + i]!;
        products[row * columns + column] = sum;
      }
    }
    return products;
  },
});
