/**
 * Prints how the last `npm test` went: what was skipped, then "N passed, N failed" alone on the
 * last line.
 */
import { allCounts } from "./counts.ts";

const { passed, failed, skipped } = await allCounts();
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
