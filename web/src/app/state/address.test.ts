import { expect, test } from "vitest";
import { addressOf, placeOf } from "./address.ts";
import { plainQuery } from "./state.ts";

const entries = ["owl & co", "cat#2", "dög", "eel"].map((id) => ({
  id,
  label: id,
  source: undefined,
  thumbnail: [0, 1] as const,
}));
const gallery = { title: "", entries, attributions: [], thumbnails: new Blob(), own: 0 };
const query = { ...plainQuery({ kind: "entry", index: 0 }), more: [1, 2], less: [3] };

test("an address leads back to where it was made", () => {
  for (const place of [
    { query, label: "a & b" },
    { query: undefined, label: "x" },
    { query, label: "" },
  ])
    expect(placeOf(addressOf(place, gallery), gallery)).toEqual(place);
  expect(addressOf({ query: undefined, label: "" }, gallery)).toBe("");
});

test("a person's own image is in no address", () => {
  const own = plainQuery({ kind: "image", name: "me.jpg", url: "blob:x", blob: new Blob() });
  expect(addressOf({ query: { ...own, more: [1] }, label: "" }, gallery)).toBe("");
});

test("what the gallery does not have is left out", () => {
  expect(placeOf("#like=gone", gallery)).toEqual({ query: undefined, label: "" });
  expect(placeOf("#like=eel&more=gone&more=cat%232", gallery).query).toMatchObject({
    subject: { index: 3 },
    more: [1],
    less: [],
  });
});
