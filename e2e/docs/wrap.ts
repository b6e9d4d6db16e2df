/** Longest line of a Markdown document. */
const maxColumns = 120;

/** Breaks a paragraph into lines of at most 120 columns; `indent` starts all but the first. */
export function wrap(text: string, indent = ""): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const joined = line === "" ? word : `${line} ${word}`;
    if (line !== "" && joined.length > maxColumns) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = joined;
  }
  return lines.join("\n");
}
