/** Text from elsewhere, such as file names, that must not control a terminal. */

/**
 * Escapes control and bidirectional formatting characters, except for line breaks and tabs: an
 * escape sequence can rewrite what is on the screen, or what a person pastes.
 */
export const printable = (text: string): string =>
  text.replace(
    /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The same on one line, for a name inside a sentence. */
export const printableName = (name: string): string =>
  printable(name.replaceAll("\n", "\\n").replaceAll("\t", "\\t"));
