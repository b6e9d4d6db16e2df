/** Labels as people read and type them. */

/** A name with a file's ending, as a photo of the user's folder has. */
const fileName = /\.[A-Za-z0-9]{2,5}$/;

/**
 * "009.Brewer_Blackbird" as "Brewer Blackbird": without the number of a class, with spaces. File
 * names stay as they are.
 */
export function labelName(label: string): string {
  if (fileName.test(label)) return label;
  const name = label.replace(/^\d+\.(?=.)/, "").replaceAll("_", " ");
  return name.replace(/\s+/g, " ").trim() || label;
}

/** Whether a label or its name contains a text, ignoring case. */
export function labelContains(label: string, text: string): boolean {
  const lower = text.toLowerCase();
  return [label, labelName(label)].some((each) => each.toLowerCase().includes(lower));
}
