/**
 * `npm run bench -- search`: searches per second of the service's vector store and of faiss, at the
 * same recall, in turn.
 */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot, nearestRows } from "@plumage/models";
import { progress, runCommand } from "@plumage/models/cli";
import { UsearchStore } from "@plumage/serve";
import { Index, MetricKind, ScalarKind } from "usearch";
import { z } from "zod";
import { median } from "../support/median.ts";
import { fileBeside, measured } from "./measured.ts";
import { embeddingLike } from "./vectors.ts";

const count = z.coerce.number().int("use a whole number").positive("use a number above 0");
const neighbors = 10;
/** As many more as the service asks for, to rank them exactly (serve's nearest.ts). */
const spare = 16;
const queryCount = 500;
/** Vectors whose file tells how much memory one takes, for each kind of number. */
const weighed = 5000;

const command = {
  usage: "npm run bench -- search",
  summary:
    "Builds the service's vector store and a faiss HNSW index over vectors like an embedder's, sets faiss to the recall@10\n" +
    "that ours has, and prints searches/s of one thread each, one query at a time.",
  options: {
    vectors: { description: "vectors in the index", value: "N", schema: count.default(100_000) },
    dimension: { description: "numbers in a vector", value: "N", schema: count.default(1536) },
    python: {
      description: "Python with faiss and numpy",
      value: "FILE",
      schema: z.string().min(1).default("python3"),
    },
    json: { description: "print the rows as JSON", schema: z.boolean().default(false) },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const { vectors, dimension } = options;
  const all = embeddingLike(vectors, dimension, vectors, 1);
  const queries = embeddingLike(queryCount, dimension, vectors, 2);
  const row = (matrix: Float32Array, i: number) =>
    matrix.subarray(i * dimension, (i + 1) * dimension);
  const folder = await mkdtemp(join(tmpdir(), "plumage-bench-"));
  try {
    const store = new UsearchStore(dimension);
    const bar = progress("building", vectors, "vectors");
    const began = performance.now();
    for (let key = 0; key < vectors; key++) {
      store.add(key, row(all, key));
      bar.advance(1);
      if (key % 1000 === 0) signal.throwIfAborted();
    }
    bar.finish();
    const buildSeconds = (performance.now() - began) / 1000;
    const exact = exactNeighbors(all, queries, dimension);
    const found: number[][] = [];
    const seconds: number[] = [];
    for (let i = 0; i < queryCount; i++) {
      const query = row(queries, i);
      const start = performance.now();
      const hits = store.search(query, neighbors + spare);
      seconds.push((performance.now() - start) / 1000);
      const ranked = hits.map(({ key }) => ({ key, score: dot(row(all, key), query) }));
      found.push(
        ranked
          .sort((a, b) => b.score - a.score)
          .slice(0, neighbors)
          .map(({ key }) => key),
      );
    }
    const recall = recallOf(found, exact);
    const bytes = (matrix: { buffer: ArrayBufferLike }) => new Uint8Array(matrix.buffer);
    await writeFile(join(folder, "vectors.f32"), bytes(all));
    await writeFile(join(folder, "queries.f32"), bytes(queries));
    await writeFile(join(folder, "exact.i32"), bytes(Int32Array.from(exact.flat())));
    const words = [
      fileBeside("faiss_search.py"),
      folder,
      String(dimension),
      String(neighbors),
      String(recall),
    ];
    const peer = await measured(options.python, words, signal);
    const [ours, theirs] = [1 / median(seconds), 1 / median(peer.seconds)];
    const memory = await bytesOfKinds(
      all.subarray(0, Math.min(weighed, vectors) * dimension),
      dimension,
      folder,
    );
    const result = {
      rows: [
        {
          vectors,
          dimension,
          ours,
          peer: theirs,
          ratio: ours / theirs,
          recall,
          peerRecall: peer.recall,
          buildSeconds,
        },
      ],
      bytesPerVector: memory,
      peer: peer.version,
    };
    if (options.json) return print(JSON.stringify(result));
    print(`searches/s of one thread over ${vectors} x ${dimension}, beside ${peer.version}`);
    print(
      `ours ${ours.toFixed(0)} at recall@10 ${recall.toFixed(4)}, faiss ${theirs.toFixed(0)} at ${peer.recall?.toFixed(4)}: ratio ${(ours / theirs).toFixed(2)}`,
    );
    for (const [kind, size] of Object.entries(memory)) {
      print(
        `${kind}: ${size.toFixed(0)} bytes a vector, ${((size * vectors) / 1e6).toFixed(0)} MB`,
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Keys of the true neighbors of each query. */
const exactNeighbors = (all: Float32Array, queries: Float32Array, dimension: number): number[][] =>
  Array.from({ length: queries.length / dimension }, (_, i) => {
    const query = queries.subarray(i * dimension, (i + 1) * dimension);
    return nearestRows(all, query, neighbors).map(({ index }) => index);
  });

function recallOf(found: readonly number[][], exact: readonly number[][]): number {
  const hits = found.map((keys, i) => keys.filter((key) => exact[i]!.includes(key)).length);
  return hits.reduce((sum, each) => sum + each, 0) / (exact.length * neighbors);
}

/**
 * Bytes that a vector takes in usearch's file (its memory, but for spare room) as each kind of
 * number.
 */
async function bytesOfKinds(
  all: Float32Array,
  dimension: number,
  folder: string,
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  const kinds = { f32: ScalarKind.F32, f16: ScalarKind.F16, i8: ScalarKind.I8 };
  for (const [kind, quantization] of Object.entries(kinds)) {
    const index = new Index({
      ...{ dimensions: dimension, metric: MetricKind.Cos, quantization },
      ...{ connectivity: 0, expansion_add: 0, expansion_search: 0, multi: false },
    });
    const total = all.length / dimension;
    for (let key = 0; key < total; key++)
      index.add(BigInt(key), all.subarray(key * dimension, (key + 1) * dimension));
    const path = join(folder, `${kind}.usearch`);
    index.save(path);
    sizes[kind] = (await stat(path)).size / total;
  }
  return sizes;
}
