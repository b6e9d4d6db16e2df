/** Open-set metrics in words, for the report and the terminal. */
import type { OpenSetMetrics } from "@plumage/models";
import { formatFraction } from "./metricTable.ts";

/** "FNMR 0.412 at FMR 1e-2 and 0.683 at FMR 1e-3; AUROC 0.671." */
export function openSetText({ fnmrAtFmr, auroc }: OpenSetMetrics): string {
  const rates = [
    ["1e-2", fnmrAtFmr["0.01"]],
    ["1e-3", fnmrAtFmr["0.001"]],
  ] as const;
  const known = rates.flatMap(([rate, fnmr]) =>
    fnmr === null ? [] : [`${formatFraction(fnmr)} at FMR ${rate}`],
  );
  const pairs = known.length > 0 ? `FNMR ${known.join(" and ")}; ` : "";
  return `Open set: ${pairs}AUROC ${formatFraction(auroc)}.`;
}
