import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { characterWidth, escapeXml, fontText, letterText, localText } from "./text.ts";

/** The columns and rows that hold ink, in a drawing of 200 x 40. */
async function inked(elements: string) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" color="#000">${elements}</svg>`;
  const { data } = await sharp(Buffer.from(svg))
    .flatten({ background: "#fff" })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const dark = [...data.keys()]
    .filter((at) => data[at]! < 128)
    .map((at) => ({ x: at % 200, y: Math.floor(at / 200) }));
  const xs = dark.map(({ x }) => x);
  const ys = dark.map(({ y }) => y);
  return {
    count: dark.length,
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

describe("letterText", () => {
  it("draws letters on the baseline, as tall as seven dots, without any font", async () => {
    const size = 20;
    const dot = (size * characterWidth) / 6;
    const ink = await inked(letterText("HE", { x: 10, y: 30, size }));
    expect(ink.left).toBeGreaterThanOrEqual(9);
    expect(ink.left).toBeLessThanOrEqual(11);
    expect(Math.abs(ink.top - (30 - 7 * dot))).toBeLessThan(1.5);
    expect(Math.abs(ink.bottom - 30)).toBeLessThan(1.5);
    expect(Math.abs(ink.right - (10 + 11 * dot))).toBeLessThan(1.5);
  });

  it("centers, drops accents and marks what it has no letter for", () => {
    const place = { x: 100, y: 20, size: 12 };
    expect(letterText("café", place)).toBe(letterText("cafe", place));
    expect(letterText("顔", place)).toBe(letterText("?", place));
    const starts = (path: string) =>
      Math.min(...[...path.matchAll(/M([\d.]+)/g)].map((match) => Number(match[1])));
    expect(starts(letterText("HHHH", { ...place, anchor: "middle" }))).toBeCloseTo(
      100 - (4 * 12 * characterWidth) / 2,
      1,
    );
  });

  it("has a different drawing for every letter and digit", () => {
    const all = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];
    const drawings = all.map((letter) => letterText(letter, { x: 0, y: 10, size: 10 }));
    expect(new Set(drawings).size).toBe(all.length);
  });
});

describe("localText", () => {
  it("chooses a painter whose A and B differ on this machine", async () => {
    const text = await localText();
    const [a, b] = await Promise.all(
      ["A", "B"].map((letter) => inked(text(letter, { x: 10, y: 30, size: 24 }))),
    );
    expect(a!.count).toBeGreaterThan(20);
    expect(a).not.toEqual(b);
  });
});

describe("fontText", () => {
  it("escapes what XML would read, and leaves out what XML does not allow", () => {
    expect(escapeXml(`<a b="c">&'`)).toBe("&#60;a b=&#34;c&#34;&#62;&#38;&#39;");
    expect(escapeXml("a\u0000b\u001bc\ud800")).toBe("a b c\ufffd");
    expect(fontText("<x>", { x: 1, y: 2, size: 3 })).toContain("&#60;x&#62;");
  });
});
