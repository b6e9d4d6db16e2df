/** Checks a data set's images before a run, so that an unusable one cannot end it halfway. */
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { printableName, progress } from "@plumage/models/cli";
import type { PrepareContext } from "../dataset.ts";
import { CheckCache, checkCacheFile } from "./checkCache.ts";
import { imageProblem } from "./imageProblem.ts";

const maxPrintedProblems = 25;
const maxProblemsInError = 3;

/**
 * Checks every image; files that have not changed since an earlier check are not decoded again.
 *
 * @param root folder that printed paths are relative to
 * @returns the items with usable images; the others are counted and printed
 * @throws PlumageError "bad-image" for an unusable image in strict mode, or if no image is usable
 */
export async function checkImages(
  items: readonly Item[],
  root: string,
  { signal, print, options }: PrepareContext,
  cacheFile = checkCacheFile(root),
): Promise<Item[]> {
  const problems = await findProblems(items, cacheFile, signal);
  const usable = items.filter((_, i) => problems[i] === undefined);
  if (usable.length === items.length) return usable;
  const lines = items.flatMap(({ path }, i) =>
    problems[i] ? [`${printableName(relative(root, path))}: ${problems[i]}`] : [],
  );
  const summary = `${lines.length} of ${items.length} images are unusable`;
  if (options.strict || usable.length === 0) {
    const more = lines.length > maxProblemsInError ? "; ..." : "";
    throw new PlumageError(
      "bad-image",
      `${summary}: ${lines.slice(0, maxProblemsInError).join("; ")}${more}`,
      options.strict
        ? "repair or remove them, or train without --strict to skip them"
        : "check --root",
    );
  }
  print(`${summary} and will be skipped:`);
  for (const line of lines.slice(0, maxPrintedProblems)) print(`  ${line}`);
  if (lines.length > maxPrintedProblems)
    print(`  and ${lines.length - maxPrintedProblems} more; see ${cacheFile} for all of them`);
  return usable;
}

/** The problem of each item, if any. When interrupted, it saves the results so far. */
async function findProblems(
  items: readonly Item[],
  cacheFile: string,
  signal: AbortSignal,
): Promise<(string | undefined)[]> {
  const cache = await CheckCache.open(cacheFile);
  const problems: (string | undefined)[] = Array(items.length).fill(undefined);
  const bar = progress("checking images", items.length, "images");
  const queue = items.entries();
  const checkNext = async () => {
    for (const [i, item] of queue) {
      if (signal.aborted) return;
      problems[i] = await cache.problemOf(item, imageProblem);
      bar.advance();
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() * 2 }, checkNext));
  } finally {
    bar.finish();
    await cache.save();
  }
  signal.throwIfAborted();
  return problems;
}
