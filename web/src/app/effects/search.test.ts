import { PlumageError } from "@plumage/models";
import { beforeEach, expect, test, vi } from "vitest";
import { answerOf, entryQuery, imageQuery } from "../../../test/states.ts";
import type { ImageAnswer } from "../../engine/protocol.ts";
import { plainQuery } from "../state/query.ts";
import { Store } from "../state/store.ts";
import { Search } from "./search.ts";

const imageAnswer: ImageAnswer = {
  ...answerOf(1),
  pixels: new Uint8Array(),
  embedding: Float32Array.of(1),
};
const serverAnswer = { ...answerOf(2), missing: 0 };

/** Answers that tests resolve one by one. */
let answers: ((answer: ImageAnswer) => void)[];
const engine = {
  searchByImage: vi.fn(() => new Promise<ImageAnswer>((resolve) => answers.push(resolve))),
  searchByEntry: vi.fn(async () => answerOf(3)),
  searchByText: vi.fn(async () => answerOf(4)),
};
const server = {
  search: vi.fn(async () => serverAnswer),
  embed: vi.fn(async () => Float32Array.of(1)),
};
let store: Store;
let search: Search;

beforeEach(() => {
  vi.clearAllMocks();
  answers = [];
  store = new Store();
  search = new Search(store, engine, () => server);
});

const settled = () => vi.waitFor(() => expect(store.state.pending).toBeUndefined());
const box = (width: number) => ({ x: 0, y: 0, width, height: 9 });

function setTarget(target: "server" | "both"): void {
  const connected = { kind: "connected", host: "example.org", items: 9 } as const;
  store.dispatch({ kind: "serverChanged", server: connected });
  store.dispatch({ kind: "targetChanged", target });
}

test("searches the device by image and by entry", async () => {
  search.run(imageQuery("a"));
  answers[0]!(imageAnswer);
  await settled();
  expect(store.state.results?.answer).toBe(imageAnswer);
  search.run(entryQuery(7));
  await settled();
  expect(engine.searchByEntry).toHaveBeenCalledWith(7, expect.anything(), 24);
  expect(store.state.results?.answer).toEqual(answerOf(3));
});

test("searches device and server by words", async () => {
  const text = "a red bird";
  search.run(plainQuery({ kind: "text", text }));
  await settled();
  expect(engine.searchByText).toHaveBeenCalledWith(text, expect.anything(), 24);
  expect(store.state.results?.answer).toEqual(answerOf(4));
  setTarget("both");
  search.repeat();
  await settled();
  expect(server.search).toHaveBeenCalledWith({ text }, expect.anything(), 24);
  // The server's embedding is of images.
  expect(server.embed).not.toHaveBeenCalled();
});

test("while an image is searched for, only the latest change of its query is queued", async () => {
  search.run(imageQuery("a"));
  for (const width of [10, 20, 30]) search.run({ ...imageQuery("a"), box: box(width) });
  answers[0]!(imageAnswer);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!(imageAnswer);
  await settled();
  expect(engine.searchByImage).toHaveBeenCalledTimes(2);
  expect(store.state.results?.query.box).toEqual(box(30));
});

test("another image does not wait, and its answer wins", async () => {
  search.run(imageQuery("a"));
  search.run(imageQuery("b"));
  answers[1]!(imageAnswer);
  await settled();
  answers[0]!(imageAnswer);
  await Promise.resolve();
  expect(store.state.results?.query).toEqual(imageQuery("b"));
});

test("reports a failure with the name of the image", async () => {
  const error = new PlumageError("bad-image", "this is not an image", "use JPEG or PNG");
  engine.searchByImage.mockRejectedValueOnce(error);
  search.run(imageQuery("a"));
  await settled();
  expect(store.state.error).toBe("a.png: this is not an image. Use JPEG or PNG.");
});

test("searches both sides, with the server's embedding of a whole image", async () => {
  setTarget("both");
  search.run(imageQuery("a"));
  answers[0]!(imageAnswer);
  await settled();
  expect(store.state.results).toMatchObject({
    answer: imageAnswer,
    serverAnswer: { ...serverAnswer, embedding: Float32Array.of(1) },
  });
  search.run({ ...imageQuery("b"), box: box(10) });
  answers[1]!(imageAnswer);
  await settled();
  expect(server.embed).toHaveBeenCalledTimes(1);
});

test("compares with the server on the gallery, whatever the scope", async () => {
  store.dispatch({ kind: "scopeChanged", scope: "all" });
  search.run(entryQuery(0));
  await settled();
  setTarget("both");
  search.repeat();
  await settled();
  const scopes = (engine.searchByEntry.mock.calls as unknown[][]).map(([, options]) => options);
  expect(scopes).toMatchObject([{ scope: "all" }, { scope: "gallery" }]);
});

test("keeps the device's answer if the server fails", async () => {
  setTarget("both");
  server.search.mockRejectedValueOnce(new PlumageError("unavailable", "the server is gone"));
  search.run(entryQuery(0));
  await settled();
  expect(store.state.results?.answer).toEqual(answerOf(3));
  expect(store.state.error).toBe("The server is gone.");
});

test("fails if the only target fails", async () => {
  setTarget("server");
  server.search.mockRejectedValueOnce(new PlumageError("unavailable", "the server is gone"));
  search.run(entryQuery(0));
  await settled();
  expect(store.state).toMatchObject({ results: undefined, error: "The server is gone." });
});
