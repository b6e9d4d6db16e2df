import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot, storeNameSchema } from "@plumage/models/node";
import { describe, expect, test } from "vitest";
import {
  type KnownEncoder,
  knownEncoders,
  listEncoders,
  megabytes,
  wordsSize,
} from "./encoderTable.ts";

const rows = Object.entries<KnownEncoder>(knownEncoders);
const documented = readFileSync(join(repositoryRoot(), "docs", "importing.md"), "utf8").split("\n");

describe.each(rows)("%s", (name, encoder) => {
  test("is pinned to a revision, and its sources are addresses", () => {
    expect(storeNameSchema.safeParse(name).success).toBe(true);
    expect(encoder.revision).toMatch(/^[0-9a-f]{40}$/);
    const { text } = encoder;
    for (const { sha256 } of [encoder, ...(text ? [text.onnx, text.tokenizer] : [])])
      if (sha256) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const { source } of [encoder.license, encoder.published])
      expect(source).toMatch(/^https:\/\//);
  });

  test("is in docs/importing.md", () => {
    const { bytes, license, published } = encoder;
    const size = bytes === undefined ? "" : `${megabytes(bytes)} `;
    const words = wordsSize(encoder);
    const figure = `${published.top1.toFixed(1)} ${published.how}`;
    expect(documented).toContain(
      `| \`${name}\` | ${size}| ${words}${words && " "}| ${license.name} | ${figure} |`,
    );
    expect(documented.join("\n").includes(`](${published.source})`)).toBe(true);
  });
});

test("lists one encoder a line, in columns", () => {
  const lines = listEncoders().split("\n");
  expect(lines).toHaveLength(rows.length + 1);
  const column = lines[0]!.indexOf("license");
  for (const [i, [name, { license }]] of rows.entries()) {
    expect(lines[i + 1]!.startsWith(`${name} `)).toBe(true);
    expect(lines[i + 1]!.slice(column)).toMatch(new RegExp(`^${license.name} `));
  }
});
