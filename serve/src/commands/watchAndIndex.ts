/** The part of `npm run index` that --watch turns on. */
import { errorLine } from "@plumage/models";
import { printableName, shownPath } from "@plumage/models/cli";
import type { Collection, OpenMode } from "../collection/collection.ts";
import type { Model } from "../embedder/model.ts";
import { describeResult } from "../indexing/describeResult.ts";
import type { Listing } from "../indexing/listing.ts";
import { watchForHints } from "../indexing/watch/changeHints.ts";
import { Patience } from "../indexing/watch/patience.ts";
import { watchFolder } from "../indexing/watch/watchFolder.ts";

/** Time for which a file must stay as it is: pauses of a slow copy are shorter. */
const settleMs = 2_000;

type Print = (line: string) => void;

export interface WatchRun {
  readonly from: string;
  /** Seconds. */
  readonly sweep: number;
  readonly grace: number;
  readonly owns: (id: string) => boolean;
  readonly list: (print: Print) => Promise<Listing>;
  readonly open: (model: Model, mode: OpenMode, print: Print) => Promise<Collection>;
  readonly model: Model;
  readonly signal: AbortSignal;
  readonly print: Print;
}

/** Keeps the index and the folder together until the signal aborts. */
export async function watchAndIndex(run: WatchRun): Promise<void> {
  const { from, sweep, grace, owns, list, open, model, signal, print } = run;
  const say = withoutRepeats(print);
  const hints = await watchForHints(from, (reason) =>
    print(`some changes are only found every ${sweep} s: the system reports ${reason}`),
  );
  try {
    print(`watching ${printableName(shownPath(from))}; Ctrl-C stops`);
    await watchFolder({
      list: () => list(say),
      open: (isFirst) => open(model, isFirst ? "index" : "update", say),
      ...{ model, owns, hints, signal },
      patience: new Patience({ settleMs, graceMs: grace * 1000 }),
      sweepMs: sweep * 1000,
      onResult: (result) => describeResult(result).forEach(print),
      onProblem: (error) =>
        print(`waiting, and nothing is removed: ${printableName(errorLine(error))}`),
    });
  } finally {
    await hints.close();
  }
}

const maxRemembered = 1000;

/** Each look at a folder may find the same files to skip. */
function withoutRepeats(print: Print): Print {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line)) return;
    if (said.size === maxRemembered) said.clear();
    said.add(line);
    print(line);
  };
}
