/** The end of a test run, as lines for a terminal. */
import type { Results } from "./results.ts";

/** Exactly "N passed, N failed": CI reads it. */
export const countLine = ({ passed, failures }: Results): string =>
  `${passed} passed, ${failures.length} failed`;

/** Each failure with the first lines of its error, then what was skipped, then the counts. */
export function summary(results: Results): string[] {
  const { failures, skipped } = results;
  return [
    ...failures.flatMap(({ name, error }) => [
      `FAILED ${name}`,
      ...error.split("\n").map((line) => `    ${line}`),
    ]),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    countLine(results),
  ];
}
