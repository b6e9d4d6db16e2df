/** Searching: the vector store finds, the catalogue's own embeddings rank. */
import type { Catalogue, CatalogueItem } from "../catalogue/catalogue.ts";
import type { VectorStore } from "../store/vectorStore.ts";

/** The store is asked for some more than wanted, since its half floats may swap near neighbours. */
const spare = 16;

export interface RankedItem {
  readonly item: CatalogueItem;
  /** Exact cosine similarity. */
  readonly score: number;
}

/** @param embedding of unit length; as are those of the catalogue */
export function nearestItems(
  embedding: Float32Array,
  k: number,
  { catalogue, store }: { catalogue: Catalogue; store: VectorStore },
): RankedItem[] {
  return store
    .search(embedding, k + spare)
    .flatMap(({ key }) => {
      const stored = catalogue.embedding(key);
      return stored ? [{ key, score: dot(embedding, stored) }] : [];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ key, score }) => ({ item: catalogue.byKey(key)!, score }));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
