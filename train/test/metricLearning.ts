/** pytorch-metric-learning's results, from fixtures/metric_learning.py. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { minerNames } from "../src/objective/miners.ts";
import { reducerNames } from "../src/objective/reducers.ts";

const rows = z.array(z.array(z.number()));
const labeled = z.object({ rows, labels: z.array(z.int()) });

const schema = labeled.extend({
  triplets: z.array(
    z.object({
      miner: z.enum(minerNames),
      reducer: z.enum(reducerNames),
      margin: z.number(),
      mined: z.int(),
      loss: z.number(),
      gradient: rows,
    }),
  ),
  contrastive: z.array(z.object({ temperature: z.number(), loss: z.number(), gradient: rows })),
  /** Class vectors of the losses that learn some. */
  vectors: rows,
  proxyAnchor: z.array(
    z.object({
      margin: z.number(),
      scale: z.number(),
      loss: z.number(),
      gradient: rows,
      vectorGradient: rows,
    }),
  ),
  multiSimilarity: z.array(
    z.object({
      options: z.object({
        alpha: z.number(),
        beta: z.number(),
        base: z.number(),
        epsilon: z.number(),
      }),
      positives: z.int(),
      negatives: z.int(),
      loss: z.number(),
      gradient: rows,
    }),
  ),
  /** As vectors, but for several centers per class. */
  centers: rows,
  arcFace: z.array(
    z.object({
      options: z.object({ margin: z.number(), scale: z.number(), centers: z.int() }),
      loss: z.number(),
      gradient: rows,
      vectorGradient: rows,
    }),
  ),
  circle: z.array(
    z.object({ margin: z.number(), scale: z.number(), loss: z.number(), gradient: rows }),
  ),
  references: labeled,
  queries: labeled,
  retrieval: z.array(
    z.object({
      distance: z.enum(["cosine", "euclidean"]),
      kind: z.enum(["leave-one-out", "query-reference"]),
      precisionAt1: z.number(),
      rPrecision: z.number(),
      mapAtR: z.number(),
    }),
  ),
});

export const fixture = schema.parse(
  JSON.parse(readFileSync(new URL("fixtures/metric_learning.json", import.meta.url), "utf8")),
);
