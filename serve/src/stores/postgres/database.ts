/**
 * A PostgreSQL database: its connections, its transactions, and its errors as what a person can act
 * on.
 */
import { setTimeout } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import pg from "pg";

/** Connections that one instance holds at most. */
const connections = 10;
/** Milliseconds for a connection, and for a statement. */
const connectMs = 5_000;
const statementMs = 30_000;
/** Times that a transaction is tried which another one has stood in the way of. */
const tries = 8;
/** Milliseconds within which it is tried again, at random, so that two do not meet again. */
const pauseMs = 50;

/**
 * What every connection is told. Candidates of a graph search (pgvector's hnsw.ef_search), and that
 * it goes on until enough rows have passed the filter (pgvector's iterative scan).
 */
const settings = `SET statement_timeout = ${statementMs}; SET hnsw.ef_search = 200; SET hnsw.iterative_scan = relaxed_order`;

export type Row = Record<string, unknown>;
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

/**
 * SQLSTATEs after which the whole transaction is to be tried again: a serialization failure, a
 * deadlock.
 */
const again = new Set(["40001", "40P01"]);
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? "");

export class Database {
  readonly #pool: pg.Pool;

  /** @param url postgres://user:password@host:port/database; nothing is connected yet */
  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: connectMs,
      query_timeout: statementMs + connectMs,
      keepAlive: true,
      application_name: "plumage",
      onConnect: async (client) => {
        await client.query(settings);
      },
    });
    // A connection that breaks while it is idle is replaced by the pool; without a listener it
    // would end the process.
    this.#pool.on("error", () => undefined);
  }

  readonly query: Query = async (text, values = []) => {
    try {
      return (await this.#pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw understood(error);
    }
  };

  /** All of the work or nothing. It is tried again where other transactions were in the way. */
  async together<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error) => {
      throw understood(error);
    });
    let broken: Error | undefined;
    try {
      for (let tried = 1; ; tried++) {
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
          if (broken || tried === tries || !again.has(codeOf(error))) throw understood(error);
          await setTimeout(Math.random() * pauseMs * tried);
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

/** Node's codes and pg's words for a server that is not reached. */
const unreached =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_)|timeout|terminated|not queryable/i;

/**
 * PostgreSQL's appendix A: errors that a person can do something about; others are ours, and stay
 * as they are.
 */
function understood(error: unknown): unknown {
  if (error instanceof PlumageError) return error;
  const code = codeOf(error);
  const { message } = error as Error;
  const options = { cause: error };
  if (/^28/.test(code) || code === "3D000") {
    return new PlumageError(
      "unavailable",
      `the database refuses: ${message}`,
      "check --store or PLUMAGE_STORE",
      options,
    );
  }
  if (code === "42501") {
    return new PlumageError(
      "unavailable",
      `the database refuses: ${message}`,
      "grant it to the role of --store",
      options,
    );
  }
  // Connection exceptions, too many connections, a server that is shutting down, a statement that
  // took too long.
  if (
    /^(08|53|57)/.test(code) ||
    unreached.test(code) ||
    (code === "" && unreached.test(message))
  ) {
    return new PlumageError(
      "unavailable",
      "the database does not answer",
      "try again in a moment",
      options,
    );
  }
  return error;
}
