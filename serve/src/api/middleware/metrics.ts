/** What Prometheus reads at /metrics. */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { StageTimes } from "../search.ts";

const seconds = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<"method" | "route" | "status">;
  readonly #stages: Histogram<"stage">;
  readonly #batches: Histogram;

  /** @param read how to find out what changes by itself */
  constructor(read: {
    waiting(): Readonly<Record<string, number>>;
    bodies(): number;
    items(): Promise<number>;
  }) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: "plumage_request_seconds",
      help: "Time from a request to its answer.",
      labelNames: ["method", "route", "status"],
      buckets: seconds,
      registers,
    });
    this.#stages = new Histogram({
      name: "plumage_search_stage_seconds",
      help: "Time of a search's stages: decode, preprocess, embed (the run that the image was part of), search, total.",
      labelNames: ["stage"],
      buckets: seconds,
      registers,
    });
    this.#batches = new Histogram({
      name: "plumage_embedder_batch_pictures",
      help: "Images that were embedded together.",
      buckets: [1, 2, 4, 8, 16],
      registers,
    });
    new Gauge({
      name: "plumage_waiting_pictures",
      help: "Images that wait: for the reader (decoding, resizing), and for the embedder.",
      labelNames: ["queue"],
      registers,
      collect() {
        for (const [queue, count] of Object.entries(read.waiting())) this.set({ queue }, count);
      },
    });
    new Gauge({
      name: "plumage_body_bytes",
      help: "Bytes that the bodies of requests under way may take.",
      registers,
      collect() {
        this.set(read.bodies());
      },
    });
    new Gauge({
      name: "plumage_index_items",
      help: "Items in the vector index; NaN while a database does not answer.",
      registers,
      async collect() {
        this.set(await read.items().catch(() => Number.NaN));
      },
    });
  }

  /** Times every request under its route's pattern: ids would be series without end. */
  readonly requests: MiddlewareHandler = async (c, next) => {
    const start = performance.now();
    await next();
    const labels = { method: c.req.method, route: routePath(c, -1), status: String(c.res.status) };
    this.#requests.observe(labels, (performance.now() - start) / 1000);
  };

  stages(times: StageTimes & { total: number }): void {
    for (const [stage, milliseconds] of Object.entries(times))
      this.#stages.observe({ stage }, milliseconds / 1000);
  }

  /** @param together images in a run of the embedder */
  batch(together: number): void {
    this.#batches.observe(together);
  }

  readonly contentType = this.#registry.contentType;
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
