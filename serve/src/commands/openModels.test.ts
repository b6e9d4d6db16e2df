import { rmSync } from "node:fs";
import { storeFolder } from "@plumage/models/node";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { unprotected } from "../../test/support/context.ts";
import { writeEmptyStore } from "../../test/support/prepareStore.ts";
import { formOf, post, problemIn } from "../../test/support/requests.ts";
import { noiseBytes } from "../../test/support/tinyModel.ts";
import { createApp } from "../api/app.ts";
import { embeddingSchema, searchResultsSchema } from "../api/schemas/search.ts";
import { type OpenModels, openModels } from "./openModels.ts";

const [first, second] = [1, 2].map((i) => `no-such-model-${process.pid}-${i}`) as [string, string];
const options = { threads: 1, maxBatch: 8, maxQueue: 64 };
let open: OpenModels;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  await writeEmptyStore(storeFolder(first), 1);
  await writeEmptyStore(storeFolder(second), 2);
  open = await openModels([first, second], "embedded", options, () => {});
  const log = pino({ level: "silent" });
  app = createApp({ models: open.models, access: unprotected, basePath: "", log });
});
afterAll(async () => {
  await open.close();
  for (const name of [first, second]) rmSync(storeFolder(name), { recursive: true });
});

const embed = async (query = "", body?: FormData) => {
  const answer = await post(app, `/embed${query}`, body ?? (await noiseBytes(7)));
  return embeddingSchema.parse(await answer.json());
};

test("embeds with the model that the query or the form names", async () => {
  const [main, other] = open.models.map(({ embedder }) => embedder.model);
  expect(main).not.toBe(other);
  expect((await embed()).model.sha256).toBe(main);
  expect((await embed(`?model=${first}`)).model.sha256).toBe(main);
  const byQuery = await embed(`?model=${second}`);
  expect(byQuery.model.sha256).toBe(other);
  const form = formOf(["image", await noiseBytes(7)], ["model", second]);
  expect(await embed("", form)).toEqual(byQuery);
  expect(byQuery.embedding).not.toEqual((await embed()).embedding);
});

test("keeps each model's items apart, and links to them", async () => {
  const image = await noiseBytes(8);
  const added = await post(app, `/items?id=a&label=new&model=${second}`, image);
  expect(added.status).toBe(201);
  const answer = await post(app, `/search?model=${second}`, image);
  const [found] = searchResultsSchema.parse(await answer.json()).results;
  expect(found).toMatchObject({ id: "a", image: `/items/a/image?model=${second}` });
  for (const link of [found!.image, found!.thumbnail]) {
    const file = await app.request(link);
    expect(file.status).toBe(200);
    expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(0);
  }

  const main = await post(app, "/search", image);
  expect(searchResultsSchema.parse(await main.json()).results).toEqual([]);
  for (const path of ["/items/a", "/items/a/image", "/items/a/thumbnail", "/items/a/similar"])
    expect((await app.request(path)).status).toBe(404);
  expect((await app.request("/items/a", { method: "DELETE" })).status).toBe(404);
  expect(await (await app.request("/items")).json()).toMatchObject({ total: 0 });
  const listed = await (await app.request(`/items?model=${second}`)).json();
  expect(listed).toMatchObject({ total: 1, items: [{ id: "a" }] });
  const readiness = await (await app.request("/readyz")).json();
  expect(readiness).toMatchObject({
    items: 0,
    models: [
      { name: first, items: 0 },
      { name: second, items: 1 },
    ],
  });
  const removed = await app.request(`/items/a?model=${second}`, { method: "DELETE" });
  expect(removed.status).toBe(204);
});

test.each(["/items", "/items/a", "/items/a/image", "/items/a/similar"])(
  "%s refuses a model that is not served, and names those that are",
  async (path) => {
    const answer = await app.request(`${path}?model=${first}x`);
    expect(answer.status).toBe(400);
    expect(await problemIn(answer)).toMatchObject({
      detail: `model: "${first}x" is not served`,
      hint: `use one of: ${first}, ${second}`,
    });
  },
);

test("closes what it opened if a model cannot be used", async () => {
  const name = `${first}-absent`;
  await open.close();
  await expect(openModels([first, name], "embedded", options, () => {})).rejects.toThrow(name);
  // The embedded store has one owner at a time.
  open = await openModels([first, second], "embedded", options, () => {});
});
