/** Errors of files that cannot be read. */
import { PlumageError } from "../errors.ts";

/** The error for a file that cannot be read, by the system's reason. */
export function unreadable(path: string, cause: unknown, hint?: string): PlumageError {
  const problem = readProblems[(cause as { code?: string }).code ?? ""] ?? "cannot be read";
  return new PlumageError("bad-file", `${path} ${problem}`, hint, { cause });
}

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: "is missing",
  ENOTDIR: "is missing",
  EISDIR: "is a folder",
  EACCES: "cannot be read: permission denied",
};
