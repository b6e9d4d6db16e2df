/** Labels that fit where they stand. */

/**
 * Breaks a label at spaces, hyphens and underscores into lines of at most `width` characters; what does not fit into
 * `lines` lines ends in an ellipsis.
 */
export function wrapLabel(label: string, width: number, lines: number): string[] {
  const words = label
    .replaceAll("_", " ")
    .split(/\s+|(?<=-)/)
    .filter(Boolean);
  const wrapped: string[] = [];
  for (const word of words) {
    const last = wrapped.at(-1);
    const joint = last?.endsWith("-") ? "" : " ";
    if (last !== undefined && last.length + joint.length + word.length <= width) {
      wrapped[wrapped.length - 1] = `${last}${joint}${word}`;
    } else wrapped.push(word);
  }
  const kept = wrapped.slice(0, lines);
  if (wrapped.length > lines) kept[lines - 1] += " ".concat(wrapped.slice(lines).join(" "));
  return kept.map((line) => ellipsise(line, width));
}

const ellipsise = (text: string, width: number): string => {
  const characters = [...text];
  return characters.length > width
    ? `${characters
        .slice(0, width - 1)
        .join("")
        .trimEnd()}…`
    : text;
};
