import { expect, test } from "vitest";
import { contextOf, unprotected } from "../../test/support/context.ts";
import { useGallery, useTinyModel } from "../../test/support/gallery.ts";
import { openEmbeddedInThread } from "../../test/support/stores.ts";
import { createApp } from "./app.ts";
import { pathPrefixPattern, routedPath } from "./publicPath.ts";
import { itemSchema } from "./schemas/items.ts";

const model = useTinyModel();
const gallery = useGallery(openEmbeddedInThread, model, 2);
const thumbnailOf = async (answer: Response | Promise<Response>) =>
  itemSchema.parse(await (await answer).json()).thumbnail;

test("writes links below the prefix that a proxy took off", async () => {
  for (const [prefix, expected] of [
    ["/gallery", "/gallery"],
    ["/a/b/", "/a/b"],
    ["/a, /b", "/a/b"],
    ["/", ""],
    ["//attacker.example", ""],
    ["https://attacker.example", ""],
    ["/..", ""],
    ['/"><script>', ""],
  ] as const) {
    const headers = { "x-forwarded-prefix": prefix };
    const item = gallery.app.request("/items/0", { headers });
    expect(await thumbnailOf(item)).toBe(`${expected}/items/0/thumbnail`);
  }
});

test("answers below --base-path, and at the root for probes", async () => {
  const context = { ...contextOf(model, gallery.collection), basePath: "/my/gallery" };
  const app = createApp(context);
  for (const path of ["/my/gallery/items/0", "/items/0"])
    expect(await thumbnailOf(app.request(path))).toBe("/my/gallery/items/0/thumbnail");
  expect((await app.request("/my/galleryitems/0")).status).toBe(404);
  const document = await (await app.request("/my/gallery/openapi.json")).json();
  expect(document).toMatchObject({ openapi: "3.1.0", servers: [{ url: "/my/gallery" }] });
  const page = await app.request("/my/gallery");
  expect([page.status, page.headers.get("location")]).toEqual([308, "/my/gallery/"]);
});

test.each(["", "/gallery"])(
  "leaves the root to the page, with the base path %j",
  async (basePath) => {
    const app = createApp({ ...contextOf(model, gallery.collection), basePath });
    app.get("/", (c) => c.text("the page"));
    expect(await (await app.request(`${basePath}/`)).text()).toBe("the page");
  },
);

test("protects changes below a prefix", async () => {
  const access = { ...unprotected, protect: "writes" as const };
  const app = createApp(contextOf(model, gallery.collection, access));
  const headers = { "x-forwarded-prefix": "/x" };
  expect((await app.request("/x/items/0", { method: "DELETE", headers })).status).toBe(403);
});

test.each([
  ["/gallery", "/gallery/items", "/items"],
  ["/gallery", "/gallery", "/"],
  ["/gallery", "/galleries", "/galleries"],
  ["", "/items", "/items"],
])("with the base path %j, routes %s as %s", (basePath, path, routed) => {
  expect(routedPath(basePath)(new Request(`http://localhost${path}?k=1`))).toBe(routed);
});

test.each(["", "/gallery", "/a.b/c~d"])("accepts the prefix %j", (prefix) => {
  expect(pathPrefixPattern.test(prefix)).toBe(true);
});
