/**
 * Searching in PostgreSQL: pgvector's graph finds, the float32 embeddings rank, and a filter
 * decides what counts.
 */
import {
  chosen,
  type IndexedModel,
  type RankedItem,
  takenOver,
  type Wanted,
} from "../../collection/collection.ts";
import { isEmptyFilter } from "../../collection/item.ts";
import type { Query, Row } from "./database.ts";
import { columns, condition, itemOf, vectorText } from "./rows.ts";

/** The graph is asked for some more than wanted, since its half floats may swap near neighbors. */
const spare = 16;
/**
 * Matching items up to which each is compared: that is exact, and the database does it in one pass.
 */
const mostCompared = 2000;

/**
 * The nearest k of the items that a filter lets through. Few are compared one by one. Of many, the
 * graph is walked until enough of them match (pgvector's iterative scan); where it gives up before,
 * all that match are compared after all.
 *
 * @param gallery the quoted schema, and the model that it must still be of
 */
export async function nearestItems(
  embedding: Float32Array,
  wanted: Wanted,
  {
    schema,
    model: { model, dimension },
  }: { readonly schema: string; readonly model: IndexedModel },
  query: Query,
): Promise<RankedItem[]> {
  const { filter = { labels: [], metadata: {} } } = wanted;
  const most = wanted.k + (wanted.except?.size ?? 0);
  const asked = most + spare;
  const isFiltered = !isEmptyFilter(filter);
  const counted = condition(filter, 1);
  const [state] = await query(
    `SELECT (SELECT value FROM ${schema}.meta WHERE name = 'model') AS model,
      (SELECT count(*) FROM (SELECT 1 FROM ${schema}.items WHERE ${counted.where} LIMIT ${isFiltered ? mostCompared + 1 : 0})
        AS counted)::float8 AS matching`,
    counted.values,
  );
  if (state!.model !== model) throw takenOver();

  const { where, values } = condition(filter, 2);
  /**
   * The best of some items by exact score; MATERIALIZED keeps the planner from mixing the two
   * steps.
   */
  const ranked = async (candidates: string): Promise<Row[]> =>
    query(
      `WITH candidates AS MATERIALIZED (${candidates})
       SELECT ${columns}, -(embedding <#> $1::vector) AS score FROM candidates
       ORDER BY embedding <#> $1::vector, candidates.key LIMIT ${most}`,
      [vectorText(embedding), ...values],
    );
  const all = `SELECT * FROM ${schema}.items WHERE ${where}`;
  const near = `${all} ORDER BY embedding::halfvec(${dimension}) <#> $1::vector::halfvec(${dimension}) LIMIT ${asked}`;
  const results = (rows: readonly Row[]) =>
    chosen(
      rows.map((row) => ({ item: itemOf(row), score: Number(row.score) })),
      wanted,
    );
  if (isFiltered && Number(state!.matching) <= mostCompared) return results(await ranked(all));
  const rows = await ranked(near);
  return results(isFiltered && rows.length < most ? await ranked(all) : rows);
}
