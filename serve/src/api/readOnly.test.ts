/** A server that may only read its store. */
import { expect, test, vi } from "vitest";
import { contextOf } from "../../test/support/context.ts";
import { openGallery, useTinyModel } from "../../test/support/gallery.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { noiseBytes } from "../../test/support/tinyModel.ts";
import * as storageErrors from "../stores/embedded/storageErrors.ts";
import { createApp } from "./app.ts";
import { problemSchema } from "./problems/problem.ts";

vi.mock("../stores/embedded/storageErrors.ts", { spy: true });
const model = useTinyModel();

test("a read-only store serves searches and images, and refuses changes with a 403", async () => {
  const gallery = await openGallery(openEmbeddedInThread, model, 3);
  await gallery.collection.close();
  vi.mocked(storageErrors.canWrite).mockReturnValue(false);
  const collection = await openEmbeddedInThread(gallery.folder, model.indexed, "serve");
  vi.mocked(storageErrors.canWrite).mockRestore();
  const app = createApp(contextOf(model, collection));
  const body = await noiseBytes(1, 20, 20);
  const search = await app.request("/search", { method: "POST", body });
  expect(search.status).toBe(200);
  for (const path of ["/items", "/items/0", "/items/0/image", "/items/0/thumbnail", "/readyz"])
    expect((await app.request(path)).status, path).toBe(200);
  for (const [method, path] of [
    ["POST", "/items?id=new"],
    ["DELETE", "/items/0"],
  ] as const) {
    const answer = await app.request(path, { method, ...(method === "POST" ? { body } : {}) });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      403,
      "application/problem+json",
    ]);
    const problem = JSON.stringify(problemSchema.parse(await answer.json()));
    expect(problem).toContain("may only read");
    expect(problem).not.toContain(gallery.folder);
  }
  await collection.close();
  await gallery.close();
});
