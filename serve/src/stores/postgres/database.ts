/** A PostgreSQL database: a pool of connections, and transactions that retry. */
import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { isRetryable, translated } from "./databaseErrors.ts";

/** Connections of one instance. */
const maxConnections = 10;
const connectTimeoutMs = 5_000;
const statementTimeoutMs = 30_000;
/** Attempts at a transaction that conflicts with others. */
const maxAttempts = 8;
/** Longest pause before the second attempt; random, so that two transactions drift apart. */
const retryPauseMs = 50;

/**
 * Session settings: the candidates of a graph search (pgvector's hnsw.ef_search), and scans that
 * continue until enough rows pass the filter (pgvector's hnsw.iterative_scan).
 */
const settings = [
  `SET statement_timeout = ${statementTimeoutMs}`,
  "SET hnsw.ef_search = 200",
  "SET hnsw.iterative_scan = relaxed_order",
].join("; ");

export type Row = Record<string, unknown>;
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

export class Database {
  readonly #pool: pg.Pool;

  /** @param url postgres://user:password@host:port/database; the first query connects */
  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs + connectTimeoutMs,
      keepAlive: true,
      application_name: "plumage",
      onConnect: async (client) => {
        await client.query(settings);
      },
    });
    // The pool replaces an idle connection that breaks; without a listener, its error would end the
    // process.
    this.#pool.on("error", () => undefined);
  }

  readonly query: Query = async (text, values = []) => {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw translated(error);
    }
  };

  /** Runs `work` in a transaction, and again if it conflicts with another transaction. */
  async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error) => {
      throw translated(error);
    });
    let broken: Error | undefined;
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await client.query("BEGIN");
          const result = await work(
            async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
          );
          await client.query("COMMIT");
          return result;
        } catch (error) {
          await client.query("ROLLBACK").catch((cause) => {
            broken = cause;
          });
          if (broken || attempt === maxAttempts || !isRetryable(error)) throw translated(error);
          await setTimeout(Math.random() * retryPauseMs * attempt);
        }
      }
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
