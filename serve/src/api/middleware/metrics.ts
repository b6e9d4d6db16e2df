/** Prometheus metrics. */
import type { MiddlewareHandler } from "hono";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { routeOf } from "./routeOf.ts";

/** Bucket limits, in seconds. */
const seconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Functions that read the current values of the gauges. */
export interface Gauges {
  /** Waiting images, by queue. */
  waiting(): Readonly<Record<string, number>>;
  uploadBytes(): number;
  /** Items of a model's index, by the model's name. */
  readonly items: ReadonlyMap<string, () => Promise<number>>;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<"method" | "route" | "status">;
  readonly #stages: Histogram<"stage">;
  readonly #batches: Histogram;

  constructor(gauges: Gauges) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: "plumage_request_seconds",
      help: "Duration of requests.",
      labelNames: ["method", "route", "status"],
      buckets: seconds,
      registers,
    });
    this.#stages = new Histogram({
      name: "plumage_search_stage_seconds",
      help:
        "Duration of a search's stages: decode, preprocess, embed (the batch that the image was " +
        "part of), search, total.",
      labelNames: ["stage"],
      buckets: seconds,
      registers,
    });
    this.#batches = new Histogram({
      name: "plumage_embedder_batch_pictures",
      help: "Images per batch of the embedder.",
      buckets: [1, 2, 4, 8, 16],
      registers,
    });
    registerGauges(gauges, registers);
  }

  /** Measures each request under its route's pattern: an id in a label would be unbounded. */
  readonly requests: MiddlewareHandler = async (c, next) => {
    const start = performance.now();
    await next();
    const labels = { method: c.req.method, route: routeOf(c), status: String(c.res.status) };
    this.#requests.observe(labels, (performance.now() - start) / 1000);
  };

  /** Records the stages of a search, in milliseconds. */
  stages(times: Readonly<Record<string, number>>): void {
    for (const [stage, milliseconds] of Object.entries(times))
      this.#stages.observe({ stage }, milliseconds / 1000);
  }

  /** Records the size of a batch of the embedder. */
  batch(size: number): void {
    this.#batches.observe(size);
  }

  readonly contentType = this.#registry.contentType;
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function registerGauges({ waiting, uploadBytes, items }: Gauges, registers: Registry[]): void {
  new Gauge({
    name: "plumage_waiting_pictures",
    help: "Images waiting for the reader (decoding, resizing) and for the embedder.",
    labelNames: ["queue"],
    registers,
    collect() {
      for (const [queue, count] of Object.entries(waiting())) this.set({ queue }, count);
    },
  });
  new Gauge({
    name: "plumage_body_bytes",
    help: "Bytes that have arrived of the bodies of requests in flight.",
    registers,
    collect() {
      this.set(uploadBytes());
    },
  });
  new Gauge({
    name: "plumage_index_items",
    help: "Items in a model's vector index; NaN while the database does not respond.",
    labelNames: ["model"],
    registers,
    async collect() {
      for (const [model, count] of items)
        this.set({ model }, await count().catch(() => Number.NaN));
    },
  });
}
