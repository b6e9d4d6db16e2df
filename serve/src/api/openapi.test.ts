/** Random requests generated from the OpenAPI document, whose answers must conform to it. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { useGallery, useStore, useTinyModel } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { noiseBytes } from "../../test/support/tinyModel.ts";

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

/** Values that mean something to some parameter, and arbitrary text. */
const paramValue = fc.oneof(
  fc.constantFrom("", "0", "1", "5", "-1", "0.5", "1e400", "even", "0,0,9,9", "a=b", "="),
  fc.constantFrom("label", "scene", "csv", "{}", '{"a":1}', "[]", "\0", "\ud800"),
  fc.string({ unit: "binary", maxLength: 500 }),
  fc.integer().map(String),
);

const operationsOf = ({ paths }: OpenApi) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

const bodiesWith = (image: Uint8Array<ArrayBuffer>): fc.Arbitrary<BodyInit | null> => {
  const fieldName = fc.constantFrom("image", "negative", "k", "items", "id", "metadata");
  return fc.oneof(
    fc.constant(image),
    fc.constant(null),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
    fc.array(fc.tuple(fieldName, paramValue), { maxLength: 4 }).map((fields) => {
      const form = new FormData();
      form.append("image", new Blob([image]));
      for (const [name, value] of fields) form.append(name, value);
      return form;
    }),
  );
};

/** Often without parameters, because few requests with random ones are valid. */
const paramsOf = ({ parameters = [] }: Operation): fc.Arbitrary<Record<string, string>> =>
  fc.oneof(
    fc.constant({}),
    fc.record(Object.fromEntries(parameters.map(({ name }) => [name, paramValue])), {
      requiredKeys: [],
    }) as fc.Arbitrary<Record<string, string>>,
  );

const requestsOf = (document: OpenApi, image: Uint8Array<ArrayBuffer>) =>
  fc.constantFrom(...operationsOf(document)).chain((target) =>
    fc.record({
      target: fc.constant(target),
      params: paramsOf(target.operation),
      body: target.operation.requestBody ? bodiesWith(image) : fc.constant(null),
    }),
  );

/** Encodes a value as a browser does, which replaces lone surrogates. */
const encode = (text: string) => encodeURIComponent(text.toWellFormed());

function urlOf(path: string, params: Record<string, string>): string {
  const query = Object.entries(params)
    .filter(([name]) => !path.includes(`{${name}}`))
    .map(([name, value]) => `${name}=${encode(value)}`);
  return `${path.replace("{id}", encode(params.id || "0"))}?${query.join("&")}`;
}

/** The JSON pointer of a place in the document, as ajv addresses it. */
const pointerTo = (...names: string[]) =>
  `document#/${names
    .map((name) => encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/")}`;

describe.each(stores)("$name", (store) => {
  const gallery = useGallery(useStore(store).open, useTinyModel(), 6);

  test("every answer conforms to the document", async () => {
    const document = (await (await gallery.app.request("/openapi.json")).json()) as OpenApi;
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, "document");
    const statuses = new Set<number>();
    const requests = requestsOf(document, await noiseBytes(1));
    const conforms = async (answer: Response, path: string, method: string, url: string) => {
      const { responses } = document.paths[path]![method]!;
      const status = String(answer.status);
      expect(Object.keys(responses)).toContain(status);
      const type = answer.headers.get("content-type")?.split(";")[0];
      if (!type?.endsWith("json")) return;
      const place = ["paths", path, method, "responses", status, "content", type, "schema"];
      const validate = ajv.getSchema(pointerTo(...place))!;
      const isValid = validate(await answer.json());
      expect(isValid, `${method} ${url}: ${JSON.stringify(validate.errors)}`).toBe(true);
    };
    await fc.assert(
      fc.asyncProperty(requests, async ({ target: { path, method }, params, body }) => {
        const url = urlOf(path, params);
        const answer = await gallery.app.request(url, { method: method.toUpperCase(), body });
        statuses.add(answer.status);
        expect(answer.status).toBeLessThan(500);
        // URLs normalize an id of dots to another path.
        if (!/^\.+$/.test(params.id ?? "")) await conforms(answer, path, method, url);
      }),
      { numRuns: 300, seed: 1 },
    );
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 204, 400, 404, 422]));
  });
});
