import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage, writeFileWhole } from "@plumage/models/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderDrawings, renderedSize, renderSvg } from "./render.ts";
import { iconSvg, readSet } from "./sets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-render-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

async function pixelAt(png: Uint8Array, x: number, y: number): Promise<number[]> {
  const { width, data } = await decodeImage(png);
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe("renderSvg", () => {
  it("centers artwork of any aspect ratio on white", async () => {
    // Twice as wide as high: 32 rows of white, 64 of red, 32 of white.
    const set = {
      icons: { red: { body: '<path fill="#f00" d="M10 0h40v20h-40z"/>', left: 10, top: 0 } },
      width: 40,
      height: 20,
    };
    const png = await renderSvg(iconSvg(set, "red"), 128);
    const at = (x: number, y: number) => pixelAt(png, x, y);
    expect(await Promise.all([at(64, 29), at(64, 98), at(0, 0)])).toEqual(
      Array(3).fill([255, 255, 255]),
    );
    expect(await Promise.all([at(2, 64), at(125, 64), at(64, 35), at(64, 92)])).toEqual(
      Array(4).fill([255, 0, 0]),
    );
  });

  it("blends transparency with white", async () => {
    const body = '<path fill="#000" fill-opacity=".5" d="M0 0h20v20h-20z"/>';
    const png = await renderSvg(
      iconSvg({ icons: { veil: { body, left: 0, top: 0 } }, width: 20, height: 20 }, "veil"),
      64,
    );
    for (const value of await pixelAt(png, 32, 32)) expect(Math.abs(value - 127.5)).toBeLessThan(2);
  });

  it("renders sharp edges at the target resolution", async () => {
    const body = '<path fill="#000" d="M0 0h8v16h-8z"/>';
    const png = await renderSvg(
      iconSvg({ icons: { half: { body, left: 0, top: 0 } }, width: 16, height: 16 }, "half"),
      128,
    );
    const { data, width } = await decodeImage(png);
    const row = Array.from({ length: width }, (_, x) => data[(64 * width + x) * 3]!);
    expect(row.filter((value) => value > 5 && value < 250).length).toBeLessThanOrEqual(3);
  });
});

describe("renderDrawings", () => {
  const twemoji = readSet("twemoji");
  const drawings = () =>
    ["grinning-face", "octopus", "rocket", "frog", "red-heart"].map((icon) => ({
      path: join(folder, "twemoji", `${icon}.png`),
      svg: () => iconSvg(twemoji, twemoji.aliases[icon] ?? icon),
    }));

  it("renders missing files only", async () => {
    await renderDrawings(drawings(), never);
    for (const { path } of drawings()) {
      const { width, height, data } = await decodeImage(readFileSync(path));
      expect([width, height]).toEqual([renderedSize, renderedSize]);
      expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
      expect(new Set(data).size).toBeGreaterThan(20);
    }
    const [first, second] = drawings();
    await writeFileWhole(first!.path, "kept");
    rmSync(second!.path);
    await renderDrawings(drawings(), never);
    expect(readFileSync(first!.path, "utf8")).toBe("kept");
    expect(await decodeImage(readFileSync(second!.path))).toMatchObject({ width: renderedSize });
  });

  it("leaves no incomplete file when aborted, and can be run again", async () => {
    const controller = new AbortController();
    const stopping = drawings().map(({ path, svg }, i) => ({
      path,
      svg: () => {
        if (i === 1) controller.abort();
        return svg();
      },
    }));
    await expect(renderDrawings(stopping, controller.signal)).rejects.toThrow(/abort/i);
    for (const file of readdirSync(join(folder, "twemoji"))) {
      expect(file).toMatch(/^[a-z-]+\.png$/);
      expect(await decodeImage(readFileSync(join(folder, "twemoji", file)))).toMatchObject({
        width: renderedSize,
      });
    }
    await renderDrawings(drawings(), never);
    expect(readdirSync(join(folder, "twemoji")).sort()).toEqual([
      "frog.png",
      "grinning-face.png",
      "octopus.png",
      "red-heart.png",
      "rocket.png",
    ]);
  });

  it("stops at the first failure and rejects with it", async () => {
    const started: number[] = [];
    const failing = Array.from({ length: 100 * availableParallelism() }, (_, i) => ({
      path: join(folder, `${i}.png`),
      svg: () => {
        started.push(i);
        return i === 0
          ? "not an SVG"
          : "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>";
      },
    }));
    await expect(renderDrawings(failing, never)).rejects.toThrow(/unsupported image/i);
    expect(started.length).toBeLessThan(failing.length);
    expect(readdirSync(folder).filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });
});
