/** An SQLite database whose errors are told apart. */
import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { PlumageError } from "@plumage/models";
import Database from "libsql";
import { storageError } from "./storageErrors.ts";

export type Values = readonly (string | number | null | Buffer)[];

export class CatalogDatabase {
  readonly #path: string;
  readonly #database: Database.Database;

  /**
   * Opens a database, or creates an empty one.
   *
   * @param isReadOnly opens it without touching any file
   */
  constructor(path: string, isReadOnly = false) {
    this.#path = path;
    this.#database = this.#translate(() => new Database(isReadOnly ? readOnlyUrl(path) : path));
  }

  exec(sql: string): void {
    this.#translate(() => this.#database.exec(sql));
  }

  run(sql: string, values: Values): void {
    this.#translate(() => this.#database.prepare(sql).run([...values]));
  }

  get<Row>(sql: string, values: Values = []): Row | undefined {
    return this.#translate(() => this.#database.prepare(sql).get([...values]) as Row | undefined);
  }

  all<Row>(sql: string, values: Values = []): Row[] {
    return this.#translate(() => this.#database.prepare(sql).all([...values]) as Row[]);
  }

  /** Runs changes, all of them or none. */
  transaction<Result>(change: () => Result): Result {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (this.#database.inTransaction) this.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #translate<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw storageError(error, this.#path);
    }
  }
}

/**
 * SQLite reads a database in WAL mode without writing only if it may take the file for immutable
 * (sqlite.org/wal.html#read_only_databases), which a log with changes contradicts.
 */
function readOnlyUrl(path: string): string {
  const url = pathToFileURL(path).href;
  const log = `${path}-wal`;
  if (!existsSync(log) || statSync(log).size === 0) return `${url}?immutable=1`;
  if (existsSync(`${path}-shm`)) return `${url}?mode=ro`;
  throw new PlumageError(
    "denied",
    `${path} was not closed properly and cannot be written to`,
    "start the server once with write access",
  );
}
