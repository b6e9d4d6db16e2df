/** The rows of a table of images: columns by their names, each row checked. */
import { boxSchema, PlumageError } from "@plumage/models";
import { z } from "zod";
import { parseCsv } from "./parse.ts";

const columns = ["path", "label", "box", "split"] as const;
type Column = (typeof columns)[number];

/** Four numbers with spaces or commas between them. */
const boxText = z
  .string()
  .transform((text) =>
    text
      .trim()
      .split(/[\s,;]+/)
      .map(Number),
  )
  .pipe(
    z.tuple([z.number(), z.number(), z.number(), z.number()], {
      error: "four numbers are wanted: x y width height, in pixels",
    }),
  )
  .transform(([x, y, width, height]) => ({ x, y, width, height }))
  .pipe(boxSchema);

/**
 * What the column split may say, and what that makes of the image: a query or a reference is held
 * out.
 */
const splits = {
  train: { split: "train" },
  test: { split: "test" },
  query: { split: "test", role: "query" },
  reference: { split: "test", role: "reference" },
} as const;

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (text === "" ? undefined : text), schema.optional());

const rowSchema = z.object({
  path: z.string().min(1, "is empty"),
  label: z.string().min(1, "is empty"),
  box: optional(boxText),
  split: optional(
    z.enum(["train", "test", "query", "reference"]).transform((name) => splits[name]),
  ),
});
export type ImageRow = z.infer<typeof rowSchema>;

/**
 * Reads a table whose first row names its columns: path and label, and if wanted box and split, in
 * any order. Columns of other names are passed over.
 *
 * @param where the file's name, for errors
 * @throws PlumageError "bad-file" that names the line and the column
 */
export function imageRows(text: string, where: string): ImageRow[] {
  const [header, ...rows] = parseCsv(text, where);
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  for (const needed of ["path", "label"]) {
    if (names.includes(needed)) continue;
    const hint =
      "the first line names the columns, with commas between them: path,label[,box][,split]";
    throw new PlumageError("bad-file", `${where} has no column "${needed}"`, hint);
  }
  const at = new Map<Column, number>(
    columns.flatMap((name) => (names.includes(name) ? [[name, names.indexOf(name)] as const] : [])),
  );
  const read = rows.map(({ line, cells }) => {
    // A box that no column is named for would be lost without a word.
    if (cells.length > names.length) {
      const hint = "quote cells that hold a comma, and name every column in the first line";
      const message = `${where}, line ${line} has ${cells.length} cells, and the first line ${names.length}`;
      throw new PlumageError("bad-file", message, hint);
    }
    const row = Object.fromEntries([...at].map(([name, i]) => [name, cells[i]?.trim() ?? ""]));
    const result = rowSchema.safeParse(row);
    if (result.success) return result.data;
    const issue = result.error.issues[0]!;
    throw new PlumageError(
      "bad-file",
      `${where}, line ${line}: ${issue.path.join(" ")}: ${issue.message}`,
    );
  });
  const given = read.filter(({ split }) => split !== undefined).length;
  if (given !== 0 && given !== read.length) {
    throw new PlumageError(
      "bad-file",
      `${where}: ${given} of ${read.length} rows have a split`,
      "give each row train or test (or query or reference), or none of them",
    );
  }
  return read;
}
