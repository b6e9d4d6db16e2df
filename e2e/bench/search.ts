/** `npm run bench -- search`: searches per second, compared with faiss at equal recall. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { dot, neighborRecall } from "@plumage/models";
import { progress, runCommand } from "@plumage/models/cli";
import { UsearchIndex } from "@plumage/serve";
import { exactSearch, Index, MetricKind, ScalarKind } from "usearch";
import { median } from "../support/median.ts";
import { fileBeside, type Measured, measured } from "./measured.ts";
import { count, json, python } from "./options.ts";
import { embeddingLike } from "./vectors.ts";

const neighbors = 10;
const queryCount = 500;
/** Vectors that the server adds at a time when it builds its index. */
const batchSize = 256;
/** Vectors in the files whose sizes are measured. */
const sampleSize = 5000;

const command = {
  usage: "npm run bench -- search",
  summary:
    "Builds the server's vector index and a faiss HNSW index over vectors like an\n" +
    "embedder's, tunes faiss to the recall@10 of ours, and prints searches/s: one thread,\n" +
    "one query at a time.",
  options: {
    vectors: { description: "vectors in the index", value: "N", schema: count.default(100_000) },
    dimension: { description: "dimension of a vector", value: "N", schema: count.default(1536) },
    python: python("faiss and numpy"),
    json,
  },
};

/** Rows of a matrix of float32. */
interface Vectors {
  readonly values: Float32Array<ArrayBuffer>;
  readonly dimension: number;
}
const rowCount = ({ values, dimension }: Vectors) => values.length / dimension;
const row = ({ values, dimension }: Vectors, i: number) =>
  values.subarray(i * dimension, (i + 1) * dimension);

await runCommand(command, async ({ options, signal, print }) => {
  const { vectors, dimension } = options;
  const all = { values: embeddingLike(vectors, dimension, vectors, 1), dimension };
  const queries = { values: embeddingLike(queryCount, dimension, vectors, 2), dimension };
  const folder = await mkdtemp(join(tmpdir(), "plumage-bench-"));
  try {
    const { store, buildSeconds, bytes } = await build(all, signal);
    const exact = exactNeighbors(all, queries);
    const { found, seconds } = searchAll(store, all, queries);
    const recall = neighborRecall(found, exact);
    const peer = await measureFaiss(
      options.python,
      { all, queries, exact, recall },
      folder,
      signal,
    );
    const [ours, theirs] = [1 / median(seconds), 1 / median(peer.seconds)];
    const ratio = ours / theirs;
    const peerRecall = peer.recall;
    const bytesPerVector = await bytesOfScalars(all, folder);
    const { depth } = store;
    const row = {
      ...{ vectors, dimension, ours, peer: theirs, ratio, recall, peerRecall, depth },
      ...{ buildSeconds, peerBuildSeconds: peer.buildSeconds, bytes, peerBytes: peer.bytes },
    };
    if (options.json)
      return print(JSON.stringify({ rows: [row], bytesPerVector, peer: peer.version }));
    print(`searches/s of one thread over ${vectors} x ${dimension}; peer: ${peer.version}`);
    print(
      `ours ${ours.toFixed(0)} at recall@10 ${recall.toFixed(4)}, depth ${depth.near} ` +
        `(${depth.far} for far queries), ` +
        `faiss ${theirs.toFixed(0)} at ${peerRecall?.toFixed(4)}: ratio ${ratio.toFixed(2)}`,
    );
    const side = (seconds = Number.NaN, memory = Number.NaN) =>
      `built in ${seconds.toFixed(0)} s, ${(memory / 1e6).toFixed(0)} MB of memory`;
    print(`ours ${side(buildSeconds, bytes)}; faiss ${side(peer.buildSeconds, peer.bytes)}`);
    for (const [scalar, bytes] of Object.entries(bytesPerVector)) {
      const megabytes = ((bytes * vectors) / 1e6).toFixed(0);
      print(`${scalar}: ${bytes.toFixed(0)} bytes per vector, ${megabytes} MB`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Builds the index as the server does, and measures what the process grows by. */
async function build(
  all: Vectors,
  signal: AbortSignal,
): Promise<{ store: UsearchIndex; buildSeconds: number; bytes: number }> {
  const before = process.memoryUsage.rss();
  const store = new UsearchIndex(all.dimension);
  const count = rowCount(all);
  const bar = progress("building", count, "vectors");
  const start = performance.now();
  for (let start = 0; start < count; start += batchSize) {
    const length = Math.min(batchSize, count - start);
    const keys = Array.from({ length }, (_, i) => start + i);
    store.add(
      keys.map((key) => ({ key, embedding: row(all, key) })),
      availableParallelism(),
    );
    bar.advance(length);
    await setImmediate();
    signal.throwIfAborted();
  }
  bar.finish();
  if (store.needsMeasuring) await store.measure((key) => row(all, key));
  const buildSeconds = (performance.now() - start) / 1000;
  return { store, buildSeconds, bytes: process.memoryUsage.rss() - before };
}

/** The keys that each search finds, best first by exact score, and the seconds that it took. */
function searchAll(
  store: UsearchIndex,
  all: Vectors,
  queries: Vectors,
): { found: number[][]; seconds: number[] } {
  const found: number[][] = [];
  const seconds: number[] = [];
  for (let i = 0; i < rowCount(queries); i++) {
    const query = row(queries, i);
    const start = performance.now();
    const ranked = store
      .search(query, neighbors)
      .flatMap(({ keys }) => keys)
      .map((key) => ({ key, score: dot(row(all, key), query) }))
      .sort((a, b) => b.score - a.score);
    seconds.push((performance.now() - start) / 1000);
    found.push(ranked.slice(0, neighbors).map(({ key }) => key));
  }
  return { found, seconds };
}

async function measureFaiss(
  python: string,
  {
    all,
    queries,
    exact,
    recall,
  }: { all: Vectors; queries: Vectors; exact: readonly number[][]; recall: number },
  folder: string,
  signal: AbortSignal,
): Promise<Measured> {
  await writeFile(join(folder, "vectors.f32"), new Uint8Array(all.values.buffer));
  await writeFile(join(folder, "queries.f32"), new Uint8Array(queries.values.buffer));
  const keys = Int32Array.from(exact.flat());
  await writeFile(join(folder, "exact.i32"), new Uint8Array(keys.buffer));
  const args = [all.dimension, neighbors, recall].map(String);
  return measured(python, [fileBeside("faiss_search.py"), folder, ...args], signal);
}

/** Keys of each query's true neighbors, best first. */
function exactNeighbors(all: Vectors, queries: Vectors): number[][] {
  const { values, dimension } = all;
  const { keys } = exactSearch(values, queries.values, dimension, neighbors, MetricKind.IP);
  return Array.from({ length: rowCount(queries) }, (_, i) =>
    Array.from(keys.subarray(i * neighbors, (i + 1) * neighbors), Number),
  );
}

/** Bytes per vector in usearch's file, by scalar type: its memory but for spare capacity. */
async function bytesOfScalars(all: Vectors, folder: string): Promise<Record<string, number>> {
  const { dimension } = all;
  const sizes: Record<string, number> = {};
  const scalars = { f32: ScalarKind.F32, bf16: ScalarKind.BF16, i8: ScalarKind.I8 };
  const total = Math.min(sampleSize, rowCount(all));
  for (const [scalar, quantization] of Object.entries(scalars)) {
    const index = new Index({
      ...{ dimensions: dimension, metric: MetricKind.Cos, quantization },
      ...{ connectivity: 0, expansion_add: 0, expansion_search: 0, multi: false },
    });
    for (let key = 0; key < total; key++) index.add(BigInt(key), row(all, key));
    const path = join(folder, `${scalar}.usearch`);
    index.save(path);
    sizes[scalar] = (await stat(path)).size / total;
  }
  return sizes;
}
