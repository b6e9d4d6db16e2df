import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "./address.ts";
import { plainQuery } from "./query.ts";

const entries = ["owl & co", "cat#2", "dög", "eel"].map((id) => ({
  id,
  label: id,
  source: undefined,
  thumbnail: [0, 1] as const,
}));
const gallery = {
  title: "",
  entries,
  attributions: [],
  thumbnails: new Blob(),
  folderCount: 0,
  takesWords: true,
};
const query = { ...plainQuery({ kind: "entry", index: 0 }), more: [1, 2], less: [3] };

test.each([
  { query, label: "a & b" },
  { query: undefined, label: "x" },
  { query, label: "" },
  { query: { ...query, input: { kind: "text", text: "two red & blü" } as const }, label: "" },
])("round-trips %j", (address) => {
  expect(parseAddress(formatAddress(address, gallery), gallery)).toEqual(address);
});

test("an address without query and label is empty", () => {
  expect(formatAddress({ query: undefined, label: "" }, gallery)).toBe("");
});

test("ignores words that the gallery cannot be searched by, and empty ones", () => {
  const noQuery = { query: undefined, label: "" };
  expect(parseAddress("#text=owl", { ...gallery, takesWords: false })).toEqual(noQuery);
  expect(parseAddress("#text=+&more=eel", gallery)).toEqual(noQuery);
  const { query } = parseAddress(`#text=${"x".repeat(2000)}`, gallery);
  expect(query!.input).toEqual({ kind: "text", text: "x".repeat(1000) });
});

test("omits an image of the user", () => {
  const own = plainQuery({ kind: "image", name: "me.jpg", url: "blob:x", blob: new Blob() });
  expect(formatAddress({ query: { ...own, more: [1] }, label: "" }, gallery)).toBe("");
});

test("omits images of the user's folder", () => {
  const withFolder = { ...gallery, folderCount: 2 };
  expect(formatAddress({ query, label: "" }, withFolder)).toBe("#like=owl+%26+co&more=cat%232");
});

test("ignores ids that the gallery does not have", () => {
  expect(parseAddress("#like=gone", gallery)).toEqual({ query: undefined, label: "" });
  expect(parseAddress("#like=eel&more=gone&more=cat%232", gallery).query).toMatchObject({
    input: { index: 3 },
    more: [1],
    less: [],
  });
});
