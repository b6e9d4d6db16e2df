/**
 * The images that can be used; the others are named and counted before a run, not met in the middle
 * of it.
 */
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import type { PrepareContext } from "../dataset.ts";
import { Verdicts, verdictFile } from "./imageChecks.ts";
import { imageProblem } from "./imageProblem.ts";

/** Names that are shown; a folder of thousands of another format says the same with these. */
const shown = 25;
const shownInError = 3;

/**
 * Looks at every image, at files that have not changed since an earlier run only once.
 *
 * @param root folder that names are shown relative to
 * @param memory file of the verdicts
 * @returns the items without those whose images cannot be used, which are printed: a line that
 * counts them, and their names
 * @throws PlumageError "bad-image" in strict mode if there is one, and else if there is no other
 */
export async function usableImages(
  items: readonly Item[],
  root: string,
  { signal, print, options }: PrepareContext,
  memory = verdictFile(root),
): Promise<Item[]> {
  const problems = await allProblems(items, memory, signal);
  const usable = items.filter((_, i) => problems[i] === undefined);
  if (usable.length === items.length) return usable;
  const lines = items.flatMap(({ path }, i) =>
    problems[i] ? [`${relative(root, path)}: ${problems[i]}`] : [],
  );
  const count = `${lines.length} of ${items.length} images cannot be used`;
  if (options.strict || usable.length === 0) {
    const more = lines.length > shownInError ? "; ..." : "";
    const hint = options.strict
      ? "mend or remove them, or train without --strict to skip them"
      : "see --root";
    throw new PlumageError(
      "bad-image",
      `${count}: ${lines.slice(0, shownInError).join("; ")}${more}`,
      hint,
    );
  }
  print(`${count} and are skipped:`);
  for (const line of lines.slice(0, shown)) print(`  ${line}`);
  if (lines.length > shown)
    print(`  and ${lines.length - shown} more; all of them are in ${memory}`);
  return usable;
}

/** The problem of each item, a few at a time. Interrupted, it keeps what it has found out. */
async function allProblems(items: readonly Item[], memory: string, signal: AbortSignal) {
  const verdicts = await Verdicts.open(memory);
  const problems: (string | undefined)[] = Array(items.length).fill(undefined);
  const bar = progress("looking at the images", items.length, "images");
  const queue = items.entries();
  const look = async () => {
    for (const [i, item] of queue) {
      if (signal.aborted) return;
      problems[i] = await verdicts.of(item, imageProblem);
      bar.advance();
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() * 2 }, look));
  } finally {
    bar.finish();
    await verdicts.save();
  }
  signal.throwIfAborted();
  return problems;
}
