/** Prints the counts of the last `npm test` as "N passed, N failed": CI's closing line. */
import { allResults } from "./results.ts";
import { countLine } from "./summary.ts";

console.log(countLine(await allResults()));
