/** What a search for images leaves out, counted by reason. */
import { printableName } from "../../cli/printable.ts";

interface Reason {
  readonly description: string;
  /** Whether examples are printed; nobody looks for their own photos in a trash folder. */
  readonly hasExamples: boolean;
}

/** Why a file or folder is left out, in the order of the report. */
const reasons = {
  unreadable: { description: "files and folders that cannot be read", hasExamples: true },
  encoding: { description: "names that are not UTF-8", hasExamples: true },
  brokenLink: { description: "broken links", hasExamples: true },
  repeated: { description: "links to images and folders that are found anyway", hasExamples: true },
  special: { description: "sockets, pipes and devices", hasExamples: true },
  other: { description: "files without an image extension", hasExamples: true },
  system: { description: "folders of the operating system or a NAS", hasExamples: true },
  hidden: { description: "hidden files and folders", hasExamples: false },
} as const satisfies Record<string, Reason>;

/** Why a file or folder was left out. */
export type LeftOutReason = keyof typeof reasons;

/** A file or folder that a search for images left out. */
export interface LeftOut {
  /** Relative to the searched folder, safe to print. */
  readonly name: string;
  readonly reason: LeftOutReason;
}

/**
 * Whether the images behind it may come back as they were: a folder without permission, a drive
 * that does not answer, a link to one that is not mounted.
 */
export const mayComeBack = ({ reason }: LeftOut): boolean =>
  reason === "unreadable" || reason === "brokenLink";

/** One line for each reason, e.g. "skipped broken links: 2 (a/1.jpg, b/2.jpg)". */
export const describeLeftOut = (leftOut: readonly LeftOut[]): string[] =>
  (Object.entries(reasons) as [LeftOutReason, Reason][]).flatMap(([key, reason]) => {
    const names = leftOut.filter((each) => each.reason === key).map(({ name }) => name);
    return names.length > 0 ? [skippedLine(reason.description, names, reason.hasExamples)] : [];
  });

const maxExamples = 5;

/** A line that counts skipped files and names the first few. */
export function skippedLine(
  description: string,
  names: readonly string[],
  hasExamples = true,
): string {
  const line = `skipped ${description}: ${names.length}`;
  if (!hasExamples) return line;
  const more = names.length > maxExamples ? ", ..." : "";
  return `${line} (${names.slice(0, maxExamples).map(printableName).join(", ")}${more})`;
}

/** A byte that is no text, as it is printed. */
export const escapedByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
