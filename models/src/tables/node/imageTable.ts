/** A table of images: finds columns by name and validates each row. */
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { boxSchema } from "../../image/image.ts";
import { unlabeled } from "../../retrieval/confidence.ts";
import { type CsvRow, parseCsv, type Separator } from "./csv.ts";

const columnNames = ["path", "label", "box", "split"] as const;

/** Four numbers separated by spaces, commas or semicolons. */
const boxCell = z
  .string()
  .transform((text) =>
    text
      .trim()
      .split(/[\s,;]+/)
      .map(Number),
  )
  .pipe(
    z.tuple([z.number(), z.number(), z.number(), z.number()], {
      error: "expected four numbers: x y width height, in pixels",
    }),
  )
  .transform(([x, y, width, height]) => ({ x, y, width, height }))
  .pipe(boxSchema);

/** The values of the column split. Queries and references are held out. */
const splits = {
  train: { split: "train" },
  test: { split: "test" },
  query: { split: "test", role: "query" },
  reference: { split: "test", role: "reference" },
} as const;

const optionalCell = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (text === "" ? undefined : text), schema.optional());

const label = z
  .string()
  .min(1, "is empty")
  .transform((text) => text.normalize("NFC"));

const rowSchema = z.object({
  path: z.string().min(1, "is empty"),
  label,
  box: optionalCell(boxCell),
  split: optionalCell(
    z
      .string()
      .toLowerCase()
      .pipe(z.enum(["train", "test", "query", "reference"]))
      .transform((name) => splits[name]),
  ),
});
const unlabeledRowSchema = rowSchema.extend({
  label: optionalCell(label).transform((text) => text ?? unlabeled),
});
export type ImageRow = z.infer<typeof rowSchema>;

/** Whether every image must have a label; otherwise those without are "unlabeled". */
export type LabelColumn = "required" | "optional";

/**
 * Reads a table whose first row names its columns, in any order: path, label, and optionally box
 * and split. Other columns are ignored.
 *
 * @param text lines end with "\n"
 * @param file name for error messages
 * @throws PlumageError "bad-file" that names the line and the column
 */
export function readImageTable(text: string, file: string, labels: LabelColumn): ImageRow[] {
  // Excel's own first line; an empty line in its place keeps the line numbers.
  const table = text.replace(/^"?sep=."?(?=\n)/i, "");
  const [header, ...rows] = parseCsv(table, file, separatorOf(table));
  const headings = header ? headingsOf(header.cells) : [];
  for (const required of labels === "required" ? ["path", "label"] : ["path"]) {
    if (headings.includes(required)) continue;
    throw new PlumageError(
      "bad-file",
      `${file} has no column "${required}"`,
      "name the columns in the first line, separated by commas: " +
        `${labels === "required" ? "path,label" : "path[,label]"}[,box][,split]`,
    );
  }
  for (const name of columnNames) {
    if (headings.indexOf(name) === headings.lastIndexOf(name)) continue;
    throw new PlumageError("bad-file", `${file} has two columns "${name}"`, "rename one of them");
  }
  const images = rows.map((row) => readRow(row, headings, file, labels));
  const splitCount = images.filter(({ split }) => split !== undefined).length;
  if (splitCount !== 0 && splitCount !== images.length) {
    throw new PlumageError(
      "bad-file",
      `${file}: ${splitCount} of ${images.length} rows have a split`,
      "give every row a split (train, test, query or reference), or none",
    );
  }
  return images;
}

const headingsOf = (cells: readonly string[]): string[] =>
  cells.map((cell) => cell.trim().toLowerCase());

/** The separator by which most of our columns appear in the heading, its first line with text. */
function separatorOf(text: string): Separator {
  const [heading = ""] = /\S.*/.exec(text) ?? [];
  const known = (separator: Separator) =>
    headingsOf(heading.replaceAll('"', "").split(separator)).filter((name) =>
      columnNames.some((column) => column === name),
    ).length;
  return ([",", ";", "\t"] as const).reduce((best, each) =>
    known(each) > known(best) ? each : best,
  );
}

function readRow(
  { line, cells }: CsvRow,
  headings: readonly string[],
  file: string,
  labels: LabelColumn,
): ImageRow {
  // Most likely a box whose commas are not quoted.
  if (cells.findLastIndex((cell) => cell.trim() !== "") >= headings.length) {
    throw new PlumageError(
      "bad-file",
      `${file}, line ${line} has ${cells.length} cells, and the first line ${headings.length}`,
      "quote cells that contain a separator, and name every column in the first line",
    );
  }
  const row = Object.fromEntries(
    columnNames
      .filter((name) => headings.includes(name))
      .map((name) => [name, cells[headings.indexOf(name)]?.trim() ?? ""]),
  );
  const result = (labels === "required" ? rowSchema : unlabeledRowSchema).safeParse(row);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new PlumageError("bad-file", `${file}, line ${line}: ${path.join(" ")}: ${message}`);
}
