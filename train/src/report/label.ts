/** Wraps labels to fit below an image. */

/**
 * Breaks a label at spaces, hyphens and underscores into at most `lines` lines of at most `width`
 * characters; an ellipsis marks text that does not fit.
 */
export function wrapLabel(label: string, width: number, lines: number): string[] {
  const words = label
    .replaceAll("_", " ")
    .split(/\s+|(?<=-)/)
    .filter(Boolean);
  const wrapped: string[] = [];
  for (const word of words) {
    const last = wrapped.at(-1);
    const joined = last?.endsWith("-") ? `${last}${word}` : `${last} ${word}`;
    // The rest goes to the last line, for the ellipsis to cut.
    if (last !== undefined && (joined.length <= width || wrapped.length === lines))
      wrapped[wrapped.length - 1] = joined;
    else wrapped.push(word);
  }
  return wrapped.map((line) => ellipsize(line, width));
}

const ellipsize = (text: string, width: number): string => {
  const characters = [...text];
  return characters.length > width
    ? `${characters
        .slice(0, width - 1)
        .join("")
        .trimEnd()}…`
    : text;
};
