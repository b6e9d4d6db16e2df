/**
 * Requests made from the OpenAPI document, at random: every answer is one that the document
 * foresees, in the form that it says.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { contextOf, type Model, openModel } from "../../test/support/context.ts";
import { type StoreInUse, stores } from "../../test/support/stores.ts";
import { noise, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { createApp } from "./app.ts";

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  readonly responses: Record<string, { readonly content?: Record<string, object> }>;
}
interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
}

/** Words that mean something to some parameter, and any text. */
const word = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "5",
    "-1",
    "0.5",
    "1e400",
    "even",
    "0,0,9,9",
    "a=b",
    "=",
    "{}",
    '{"a":1}',
    "[]",
    "\0",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 500 }),
  fc.integer().map(String),
);
const operationsOf = ({ paths }: OpenApi) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
/** As a client writes it, also where it is no text. */
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

describe.each(stores)("$name", (store) => {
  let folder: string;
  let model: Model;
  let storeInUse: StoreInUse;
  let collection: Collection;
  let app: ReturnType<typeof createApp>;
  let image: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    storeInUse = await store.start();
  }, 60_000);
  afterAll(() => storeInUse.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-openapi-"));
    await writeModel(folder);
    model = await openModel(folder);
    collection = await storeInUse.open(folder, model.indexed, "index");
    await indexItems(collection, model, await writeItems(folder, 6), new AbortController().signal);
    app = createApp(contextOf(model, collection));
    image = new Uint8Array(await noise(1));
  }, 60_000);
  afterEach(async () => {
    await collection.close();
    await model.close();
    rmSync(folder, { recursive: true });
  });

  test("every answer is foreseen", async () => {
    const document = (await (await app.request("/openapi.json")).json()) as OpenApi;
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, "document");
    const pointer = (...names: string[]) =>
      `document#/${names.map((name) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
    const bodies: fc.Arbitrary<BodyInit | null> = fc.oneof(
      fc.constant(image),
      fc.constant(null),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
      fc
        .array(
          fc.tuple(fc.constantFrom("image", "negative", "k", "items", "id", "metadata"), word),
          { maxLength: 4 },
        )
        .map((fields) => {
          const form = new FormData();
          form.append("image", new Blob([image]));
          for (const [name, value] of fields) form.append(name, value);
          return form;
        }),
    );
    const request = fc.constantFrom(...operationsOf(document)).chain((what) =>
      fc.record({
        what: fc.constant(what),
        // Often none, or few requests would be good ones.
        words: fc.oneof(
          fc.constant({}),
          fc.record(
            Object.fromEntries((what.operation.parameters ?? []).map(({ name }) => [name, word])),
            {
              requiredKeys: [],
            },
          ),
        ) as fc.Arbitrary<Record<string, string>>,
        body: what.operation.requestBody ? bodies : fc.constant(null),
      }),
    );
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ what: { path, method, operation }, words, body }) => {
        const place = path.replace("{id}", encoded(words.id || "0"));
        const query = Object.entries(words).filter(([name]) => !path.includes(`{${name}}`));
        const address = `${place}?${query.map(([name, value]) => `${name}=${encoded(value)}`).join("&")}`;
        const answer = await app.request(address, { method, body });
        seen.add(answer.status);
        expect(answer.status).toBeLessThan(500);
        // An id of dots is another path.
        if (/^\.+$/.test(words.id ?? "")) return;
        expect(Object.keys(operation.responses)).toContain(String(answer.status));
        const type = answer.headers.get("content-type")?.split(";")[0];
        if (!type?.endsWith("json")) return;
        const valid = ajv.getSchema(
          pointer(
            "paths",
            path,
            method.toLowerCase(),
            "responses",
            String(answer.status),
            "content",
            type,
            "schema",
          ),
        )!;
        const value = await answer.json();
        expect(valid(value), `${method} ${address}: ${JSON.stringify(valid.errors)}`).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
    expect([...seen]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 422]));
  }, 120_000);
});
