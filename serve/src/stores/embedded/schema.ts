/** The catalog's tables, and the migration of those of an older version. */
import { PlumageError } from "@plumage/models";
import type { CatalogDatabase } from "./catalogDatabase.ts";

/** Incremented when the tables change. */
const schemaVersion = "2";

/**
 * AUTOINCREMENT never reuses a key, and replacing an item gives it a new one. A vector index that
 * records the last key and revision it has seen can therefore be updated from here. Embeddings have
 * a table of their own to keep scans over the items short.
 */
const itemTables = `
  CREATE TABLE items (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    path TEXT NOT NULL,
    box TEXT,
    source TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    uploaded INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL,
    modified REAL NOT NULL
  ) STRICT;
  CREATE INDEX items_label ON items (label);
  CREATE INDEX items_path ON items (path);
  CREATE TABLE embeddings (key INTEGER PRIMARY KEY, embedding BLOB NOT NULL) STRICT;
  CREATE TABLE removed (key INTEGER PRIMARY KEY, revision INTEGER NOT NULL) STRICT;`;

const fromVersion1 = `
  ALTER TABLE items RENAME TO items_1;
  ${itemTables}
  INSERT INTO items (key, id, label, path, box, source, bytes, modified)
    SELECT key, id, label, path, box, source, bytes, modified FROM items_1;
  INSERT INTO embeddings SELECT key, embedding FROM items_1;
  DROP TABLE items_1;`;

const metaTable =
  "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";
const setVersion = `
  INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', '${schemaVersion}');`;

/** Whoever deletes a catalog keeps the files of its uploads: they are older than the next one. */
const setCreated = () => `INSERT INTO meta (name, value) VALUES ('created', '${Date.now()}');`;

/** Milliseconds that one attempt waits for a lock; see retryWhileBusy. */
const busyTimeoutMs = 250;

/**
 * Creates the tables, or migrates them to the current version, in one transaction.
 *
 * @param path of the catalog, for messages
 * @throws PlumageError "mismatch" for an unknown version, which is left as it is
 */
export function prepareTables(database: CatalogDatabase, path: string): void {
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs};`);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.transaction(() => {
    database.exec(metaTable);
    const version = versionOf(database);
    if (version === undefined) database.exec(itemTables + setVersion + setCreated());
    else if (version === "1") database.exec(fromVersion1 + setVersion);
    else if (version !== schemaVersion) throw versionMismatch(path, version);
  });
}

/**
 * Checks the version of a catalog that cannot be written to.
 *
 * @param path of the catalog, for messages
 * @throws PlumageError "mismatch" for any but the current version
 */
export function checkTables(database: CatalogDatabase, path: string): void {
  const version = versionOf(database);
  if (version !== schemaVersion) throw versionMismatch(path, version ?? "none");
}

/** The version of a catalog's tables; undefined for an empty database. */
const versionOf = (database: CatalogDatabase): string | undefined =>
  database.get<{ value: string }>("SELECT value FROM meta WHERE name = 'schema'")?.value;

const versionMismatch = (path: string, version: string): PlumageError =>
  new PlumageError(
    "mismatch",
    `${path} is a catalog of version ${version}; this is version ${schemaVersion}`,
    version < schemaVersion
      ? "start the server once with write access"
      : "use the version of Plumage that wrote it",
  );
