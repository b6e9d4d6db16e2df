/** The rows of `npm run verify` as a table for people. */
import { cosineLimit, type Manifest } from "@plumage/models";
import { agrees, type VerifyRow } from "./compare.ts";

const heading = ["variant", "provider", "pixels", "cosine min", "max abs", "top 10", "ms", ""];

/** One line for each row below a heading; a wrong row says what it fell short of. */
export function matrix(rows: readonly VerifyRow[], files: Manifest["files"]): string {
  const lines = rows.map((row) => {
    const file = files.find(({ variant }) => variant === row.variant)!;
    const verdict = agrees(row, file)
      ? "ok"
      : `WRONG: equal pixels and at least ${cosineLimit("verify", file).toFixed(6)} wanted`;
    return [
      row.variant,
      row.provider,
      row.pixelsEqual ? "equal" : "differ",
      row.cosineMin.toFixed(6),
      row.maxAbs.toExponential(1),
      `${(row.top10Overlap * 10).toFixed(1)}/10`,
      row.ms.toFixed(1),
      verdict,
    ];
  });
  const widths = heading.map((title, at) =>
    Math.max(title.length, ...lines.map((line) => line[at]!.length)),
  );
  return [heading, ...lines]
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
