/** Formats the rows of `npm run verify` as a table. */
import { cosineLimit } from "@plumage/models";
import { table } from "../support/table.ts";
import { agrees, type Check, type VerifyRow } from "./compare.ts";

const heading = ["file", "provider", "input", "cosine min", "max abs", "top 10", "ms", ""];

/** A heading, and one line for each row. A wrong row names the limits. */
export function matrix(rows: readonly VerifyRow[], checks: readonly Check[]): string {
  const lines = rows.map((row) => {
    const check = checks.find(
      ({ input, file }) => input === row.input && file.variant === row.variant,
    )!;
    const result = agrees(row, check)
      ? "ok"
      : `WRONG: expected equal ${row.input === "image" ? "pixels" : "tokens"} and a cosine of ` +
        cosineLimit("verify", check.file).toFixed(6);
    return [
      nameOf(row),
      row.provider,
      row.inputEqual ? "equal" : "differ",
      row.cosineMin.toFixed(6),
      row.maxAbs.toExponential(1),
      `${(row.top10Overlap * 10).toFixed(1)}/10`,
      row.ms.toFixed(1),
      result,
    ];
  });
  return table(heading, lines).join("\n");
}

/** "fp32", or "text fp32" for the text encoder. */
export const nameOf = ({ input, variant }: Pick<VerifyRow, "input" | "variant">): string =>
  input === "image" ? variant : `text ${variant}`;
