import { expect, it } from "vitest";
import { brokenLinksOf } from "./links.ts";

const guide = `# Guide
[a](other.md) [b](other.md#a-heading-of-2-words) [c](#guide) [d](../LICENSE)
[e](https://example.org/x)
[f](missing.md)
[g](other.md#elsewhere)

\`\`\`ts
const code = list[0](argument);
\`\`\`

[h]: ../docs/gone.md
\`src/here.ts\` \`docs/src/here.ts\` \`src/gone.ts\`
`;
const texts = new Map([
  ["docs/guide.md", guide],
  ["docs/other.md", "# Other\n## A heading, of 2 words\n"],
]);

it("finds links and paths to missing files and headings", () => {
  const files = ["LICENSE", "docs/src/here.ts", ...texts.keys()];
  const exists = (path: string) => files.includes(path);
  expect(brokenLinksOf("docs/guide.md", texts, exists)).toEqual([
    "docs/guide.md:4: missing.md does not exist",
    "docs/guide.md:5: other.md#elsewhere: no heading has this anchor",
    "docs/guide.md:11: ../docs/gone.md does not exist",
    "docs/guide.md:12: src/gone.ts does not exist",
  ]);
});
