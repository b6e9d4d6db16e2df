import { cropAndResize, diversify, dot } from "@plumage/models";
import { decodeImage, sha256 } from "@plumage/models/node";
import { describe, expect, test } from "vitest";
import { useGallery, useStore, useTinyModel } from "../../../test/support/gallery.ts";
import { formOf, post, problemIn } from "../../../test/support/requests.ts";
import { stores } from "../../../test/support/stores.ts";
import { noise, noiseBytes, seedOf } from "../../../test/support/tinyModel.ts";
import { embeddingSchema, resultsSchema, searchResultsSchema } from "../schemas/search.ts";

const count = 30;
const model = useTinyModel();

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  const gallery = useGallery(runningStore.open, model, count);

  const search = async (query: string, body: BodyInit | null, type?: string) => {
    const headers = type ? { "content-type": type } : {};
    const answer = await post(gallery.app, `/search?${query}`, body, headers);
    return searchResultsSchema.parse(await answer.json());
  };
  const idsOf = async (answer: Response | Promise<Response>) =>
    resultsSchema.parse(await (await answer).json()).results.map(({ id }) => id);
  const scoresOf = async (query: string, body: BodyInit) =>
    new Map((await search(query, body)).results.map(({ id, score }) => [id, score]));

  describe("POST /search", () => {
    test("ranks items by the dot products of embeddings", async () => {
      const image = await noiseBytes(7);
      const answer = await search("k=5", image, "image/png");
      const { results, timings } = answer;
      expect(answer.model).toEqual({ name: "tiny", sha256: model.embedder.model });
      for (const value of Object.values(timings)) expect(value).toBeGreaterThanOrEqual(0);

      const embedded = await post(gallery.app, "/embed", image);
      const { embedding } = embeddingSchema.parse(await embedded.json());
      const ids = gallery.items.map(({ id }) => id);
      const expected = (await gallery.collection.embeddings(ids))
        .map((stored, i) => ({ id: ids[i]!, score: dot(embedding, stored!) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 5);
      expect(results.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      for (const [i, { score }] of results.entries())
        expect(score).toBeCloseTo(expected[i]!.score, 5);
    });

    test("finds an image of the gallery first, and describes its item", async () => {
      const { results } = await search("", await noiseBytes(seedOf(0)));
      expect(results).toHaveLength(12);
      expect(results[0]).toMatchObject({
        id: "0",
        label: "even",
        source: "hand",
        thumbnail: "/items/0/thumbnail",
        image: "/items/0/image",
      });
      expect(results[0]!.score).toBeCloseTo(1, 5);
    });

    test("takes a form, whose fields override the query string", async () => {
      const image = await noiseBytes(8);
      const { results } = await search("k=3", image);
      expect((await search("k=9", formOf(["image", image], ["k", "3"]))).results).toEqual(results);
    });

    test.each([
      undefined,
      "",
      "application/octet-stream",
      "Binary/Octet-Stream; charset=binary",
      "application/x-www-form-urlencoded",
      "image/jpeg",
    ])("takes a body of type %s as an image", async (type) => {
      const { results } = await search("k=1", await noiseBytes(seedOf(0)), type);
      expect(results[0]!.id).toBe("0");
    });

    test("returns the whole gallery if k exceeds its size", async () => {
      const { results } = await search("k=100", await noiseBytes(9));
      expect(new Set(results.map(({ id }) => id)).size).toBe(count);
    });

    test("moves the query toward positive examples and away from negative ones", async () => {
      const image = await noiseBytes(7);
      const example = await noiseBytes(seedOf(3));
      const alone = await scoresOf("k=100", image);
      const nearer = await scoresOf("k=100", formOf(["image", image], ["image", example]));
      const farther = await scoresOf("k=100", formOf(["image", image], ["negative", example]));
      expect(nearer.get("3")!).toBeGreaterThan(alone.get("3")!);
      expect(farther.get("3")!).toBeLessThan(alone.get("3")!);
      const byId = await scoresOf("k=100&like=3", image);
      for (const [id, score] of byId) expect(score).toBeCloseTo(nearer.get(id)!, 5);
      expect(byId.has("3")).toBe(false);
    });

    test("results have a confidence, which minConfidence is compared with", async () => {
      const image = await noiseBytes(7);
      const { results } = await search("k=20", image);
      const found = results.map(({ confidence }) => confidence!);
      expect(found).toEqual([...found].sort((a, b) => b - a));
      expect(found.at(-1)).toBeGreaterThan(0);
      expect(found[0]).toBeLessThan(1);
      // Independent of k: as many neighbors are compared as the calibration looks at.
      expect((await search("k=3", image)).results).toEqual(results.slice(0, 3));
      const kept = (await search(`k=20&minConfidence=${found[4]}`, image)).results;
      expect(kept).toEqual(results.filter(({ confidence }) => confidence! >= found[4]!));
      expect((await search("minConfidence=1", image)).results).toEqual([]);
      const refused = await post(gallery.app, "/search?minConfidence=2", image);
      expect((await problemIn(refused)).detail).toBe("minConfidence: use at most 1");
    });

    test("diversity reorders results, and changes no score or confidence", async () => {
      const image = await noiseBytes(7);
      const whole = (await search(`k=${count}`, image)).results;
      const { results } = await search("k=10&diversity=0.7", image);
      expect(results).toHaveLength(10);
      expect(results).not.toEqual(whole.slice(0, 10));
      expect(results[0]).toEqual(whole[0]);
      for (const result of results) expect(whole).toContainEqual(result);
      // The same as by all embeddings.
      const all = await gallery.collection.embeddings(whole.map(({ id }) => id));
      const candidates = whole.map(({ score }, i) => ({ score, embedding: all[i]! }));
      const order = [...diversify(candidates, 0.7)].slice(0, 10).map((at) => whole[at]!.id);
      expect(results.map(({ id }) => id)).toEqual(order);
      expect((await search("k=10&diversity=0", image)).results).toEqual(whole.slice(0, 10));
      const refused = await post(gallery.app, "/search?diversity=1.1", image);
      expect((await problemIn(refused)).detail).toBe("diversity: use at most 1");
    });

    test("diversity picks among the results that pass filters and lowest values", async () => {
      const image = await noiseBytes(7);
      const plain = (await search(`k=${count}&label=even`, image)).results;
      const minScore = plain[5]!.score;
      const query = `label=even&minScore=${minScore}&diversity=1&k=${count}`;
      const { results } = await search(query, image);
      const scoresIn = (list: typeof plain) => list.map(({ score }) => score).sort();
      expect(scoresIn(results)).toEqual(scoresIn(plain.slice(0, 6)));
    });

    test("searches with the box of the image", async () => {
      const image = await noiseBytes(7);
      const whole = (await search("k=6", image)).results;
      expect((await search("k=6&box=0,0,40,30", image)).results).toEqual(whole);
      expect((await search("k=6&box=0,0,9,9", image)).results).not.toEqual(whole);
      expect((await problemIn(await post(gallery.app, "/search?box=1,2", image))).detail).toBe(
        "box: write x,y,width,height in pixels",
      );
    });
  });

  test("GET /items/{id}/similar searches by the item's image, without the item", async () => {
    const similar = await idsOf(gallery.app.request("/items/2/similar?k=3"));
    expect(similar).toHaveLength(3);
    const byImage = await idsOf(post(gallery.app, "/search?k=4", await noiseBytes(seedOf(2))));
    expect(byImage).toEqual(["2", ...similar]);
    expect(await idsOf(post(gallery.app, "/search?k=3&like=2", null))).toEqual(similar);
    const diverse = await idsOf(gallery.app.request("/items/2/similar?k=3&diversity=1"));
    expect(diverse[0]).toBe(similar[0]);
    expect(diverse).not.toContain("2");
    const searched = post(gallery.app, "/search?k=3&like=2&diversity=1", null);
    expect(await idsOf(searched)).toEqual(diverse);
  });

  test.each([
    ["POST", "/search?like=none"],
    ["POST", "/search?unlike=none&like=0"],
    ["GET", "/items/none/similar"],
  ])("%s %s answers 404 for an unknown item", async (method, path) => {
    expect((await gallery.app.request(path, { method })).status).toBe(404);
  });

  test("POST /embed returns a unit vector and the digest of the model's pixels", async () => {
    const image = await noise(3);
    const answer = await post(gallery.app, "/embed", new Uint8Array(image));
    const { embedding, pixelsSha256 } = embeddingSchema.parse(await answer.json());
    expect(dot(embedding, embedding)).toBeCloseTo(1, 5);
    expect(pixelsSha256).toBe(sha256(cropAndResize(await decodeImage(image), 32)));
  });
});
