/** Finds lines that are wider than the project writes. */

/** Columns at most, by file extension. Biome wraps code, but neither strings nor prose. */
const limits = [
  { files: /\.(ts|css|wat|py)$/, columns: 100 },
  { files: /\.md$/, columns: 120 },
];

/** A URL cannot be wrapped. */
const hasUrl = /https?:\/\/\S{40}/;

/**
 * Returns a message for each line of a file that is too long.
 *
 * @param read returns the file's text; called only for files that have a limit
 */
export function longLines(path: string, read: (path: string) => string): string[] {
  const limit = limits.find(({ files }) => files.test(path));
  if (!limit) return [];
  return read(path)
    .split("\n")
    .flatMap((line, i) =>
      line.length > limit.columns && !hasUrl.test(line)
        ? [`${path}:${i + 1} has ${line.length} columns, of ${limit.columns}`]
        : [],
    );
}
