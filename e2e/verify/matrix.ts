/** Formats the rows of `npm run verify` as a table. */
import { cosineLimit, type Manifest } from "@plumage/models";
import { table } from "../support/table.ts";
import { agrees, type VerifyRow } from "./compare.ts";

const heading = ["variant", "provider", "pixels", "cosine min", "max abs", "top 10", "ms", ""];

/** A heading, and one line for each row. A wrong row names the limits. */
export function matrix(rows: readonly VerifyRow[], files: Manifest["files"]): string {
  const lines = rows.map((row) => {
    const file = files.find(({ variant }) => variant === row.variant)!;
    const result = agrees(row, file)
      ? "ok"
      : `WRONG: expected equal pixels and a cosine of ${cosineLimit("verify", file).toFixed(6)}`;
    return [
      row.variant,
      row.provider,
      row.pixelsEqual ? "equal" : "differ",
      row.cosineMin.toFixed(6),
      row.maxAbs.toExponential(1),
      `${(row.top10Overlap * 10).toFixed(1)}/10`,
      row.ms.toFixed(1),
      result,
    ];
  });
  return table(heading, lines).join("\n");
}
