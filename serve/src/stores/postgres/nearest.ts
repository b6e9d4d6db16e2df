/** Search in PostgreSQL: pgvector's graph proposes, the float32 embeddings rank. */
import {
  type IndexedModel,
  modelReplaced,
  type NearestOptions,
  type RankedItem,
  selectResults,
} from "../../collection/collection.ts";
import { isEmptyFilter } from "../../collection/item.ts";
import type { Query, Row } from "./database.ts";
import { filterCondition, itemColumns, itemOf, vectorText } from "./rows.ts";

/** Extra candidates from the graph, because rounding to half precision may swap near neighbors. */
const spareCandidates = 16;
/** A filter that passes up to this many items is answered by exact search, in one pass. */
const maxExact = 2000;

/**
 * The k nearest items that pass the filter. Few matching items are compared one by one. Among many,
 * the graph is scanned until enough of them match (pgvector's iterative scan); if the scan stops
 * early, all matching items are compared.
 *
 * @param gallery the quoted schema, and the model that it must still belong to
 */
export async function nearestItems(
  embedding: Float32Array,
  options: NearestOptions,
  { schema, model }: { readonly schema: string; readonly model: IndexedModel },
  query: Query,
): Promise<RankedItem[]> {
  const { filter = { labels: [], metadata: {} } } = options;
  const count = options.k + (options.exclude?.size ?? 0);
  const isFiltered = !isEmptyFilter(filter);
  const counted = filterCondition(filter, 1);
  const [state] = await query(
    `SELECT (SELECT value FROM ${schema}.meta WHERE name = 'model') AS model,
      (SELECT count(*) FROM (
        SELECT 1 FROM ${schema}.items WHERE ${counted.where} LIMIT ${isFiltered ? maxExact + 1 : 0}
      ) AS counted)::float8 AS matching`,
    counted.values,
  );
  if (state!.model !== model.sha256) throw modelReplaced();

  const { where, values } = filterCondition(filter, 2);
  // MATERIALIZED keeps the planner from merging the two steps.
  const rank = (candidates: string): Promise<Row[]> =>
    query(
      `WITH candidates AS MATERIALIZED (${candidates})
       SELECT ${itemColumns}, -(embedding <#> $1::vector) AS score FROM candidates
       ORDER BY embedding <#> $1::vector, candidates.key LIMIT ${count}`,
      [vectorText(embedding), ...values],
    );
  const half = `halfvec(${model.dimension})`;
  const all = `SELECT * FROM ${schema}.items WHERE ${where}`;
  const near = `${all} ORDER BY embedding::${half} <#> $1::vector::${half}
    LIMIT ${count + spareCandidates}`;
  const results = (rows: readonly Row[]) =>
    selectResults(
      rows.map((row) => ({ item: itemOf(row), score: Number(row.score) })),
      options,
    );
  if (isFiltered && Number(state!.matching) <= maxExact) return results(await rank(all));
  const rows = await rank(near);
  return results(isFiltered && rows.length < count ? await rank(all) : rows);
}
