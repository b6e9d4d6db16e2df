import { sha256 } from "@plumage/models/node";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { elementText, escapeXml, outlineText } from "./text.ts";

/** Renders elements to 200 x 40 gray pixels. */
const render = (elements: string): Promise<Buffer> =>
  sharp(
    Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" color="#000">' +
        `${elements}</svg>`,
    ),
  )
    .flatten({ background: "#fff" })
    .greyscale()
    .raw()
    .toBuffer();

/** Bounding box of the dark pixels. */
async function inkBox(elements: string) {
  const pixels = await render(elements);
  const dark = [...pixels.keys()].filter((at) => pixels[at]! < 128);
  const xs = dark.map((at) => at % 200);
  const ys = dark.map((at) => Math.floor(at / 200));
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}

describe("outlineText", () => {
  it("draws capitals on the baseline, at the font's cap height and width", async () => {
    // DejaVu Sans at 1000 units per em: cap height 729, advance of H 752, of E 632.
    const ink = await inkBox(outlineText("HE", { x: 10, y: 30, size: 20 }));
    expect(ink.bottom).toBe(29);
    expect(Math.abs(ink.top - (30 - 0.729 * 20))).toBeLessThan(1.5);
    expect(Math.abs(ink.left - 12)).toBeLessThan(1.5);
    expect(Math.abs(ink.right - (10 + 1.384 * 20))).toBeLessThan(3);
  });

  it("centers text on its anchor", async () => {
    const ink = await inkBox(outlineText("HHHH", { x: 100, y: 30, size: 20, anchor: "middle" }));
    expect(Math.abs((ink.left + ink.right) / 2 - 100)).toBeLessThan(1);
  });

  it("has distinct outlines for letters, digits, accents and other scripts", () => {
    const characters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789éßøΩЖ…"];
    const outlines = characters.map((each) => outlineText(each, { x: 0, y: 10, size: 10 }));
    expect(new Set(outlines).size).toBe(characters.length);
    // Composed and decomposed accents are the same text.
    const place = { x: 0, y: 10, size: 10 };
    expect(outlineText("e\u0301", place)).toBe(outlineText("é", place));
  });

  it("renders characters without a glyph as the font's placeholder", () => {
    const place = { x: 0, y: 10, size: 10 };
    expect(outlineText("顔", place)).toBe(outlineText("猫", place));
  });

  it("renders the same pixels on every machine", async () => {
    const bold = outlineText("Gull, black-headed: 0.87", { x: 5, y: 28, size: 14, bold: true });
    expect(bold).not.toContain("<text");
    expect(sha256(Buffer.from(bold))).toBe(
      "e16e076e80befd249e01e8fe955179f9000300e4268fb5968d580e449bcc6e3a",
    );
  });
});

describe("elementText", () => {
  it("escapes markup and removes characters that XML does not allow", () => {
    expect(escapeXml(`<a b="c">&'`)).toBe("&#60;a b=&#34;c&#34;&#62;&#38;&#39;");
    expect(escapeXml("a\u0000b\u001bc\ud800")).toBe("a b c\ufffd");
    expect(elementText("<x>", { x: 1, y: 2, size: 3 })).toContain("&#60;x&#62;");
  });
});
