/** Annotation files of CUB-200-2011 (Wah et al., 2011): one row per line, separated by spaces. */
import { join } from "node:path";
import { type Box, boxSchema, PlumageError } from "@plumage/models";
import { readTableText } from "@plumage/models/node";
import { z } from "zod";

const id = z.coerce.number().pipe(z.int().positive());
const number = z.coerce.number();
const name = z.string().min(1);

/** The row schema of each file. */
const rowSchemas = {
  "images.txt": z.tuple([id, name]),
  "image_class_labels.txt": z.tuple([id, id]),
  "classes.txt": z.tuple([id, name]),
  "bounding_boxes.txt": z
    .tuple([id, number, number, number, number])
    .transform(([image, x, y, width, height]): [number, Box] => [image, { x, y, width, height }])
    .pipe(z.tuple([z.number(), boxSchema])),
};
type AnnotationFile = keyof typeof rowSchemas;
type Value<File extends AnnotationFile> = z.infer<(typeof rowSchemas)[File]>[1];

export interface CubImage {
  /** Below images/, e.g. "001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg". */
  readonly file: string;
  readonly classId: number;
  /** As in classes.txt, e.g. "001.Black_footed_Albatross". */
  readonly className: string;
  readonly box: Box;
}

async function readTable<File extends AnnotationFile>(
  folder: string,
  file: File,
): Promise<Map<number, Value<File>>> {
  const path = join(folder, file);
  const lines = (await readTableText(path, "set --root to the folder CUB_200_2011")).split("\n");
  const values = new Map<number, Value<File>>();
  // Names may contain spaces.
  const hasNames = file === "images.txt" || file === "classes.txt";
  lines.forEach((line, i) => {
    const row = line.trim();
    if (row === "") return;
    const cells = hasNames ? /^(\S+)\s+(.+)$/.exec(row)?.slice(1) : row.split(/\s+/);
    const result = rowSchemas[file].safeParse(cells);
    if (!result.success) {
      throw new PlumageError(
        "bad-file",
        `${path}, line ${i + 1}: ${result.error.issues[0]!.message}`,
        `the line is: ${line}`,
      );
    }
    const [key, value] = result.data;
    if (values.has(key))
      throw new PlumageError("bad-file", `${path}, line ${i + 1}: duplicate id ${key}`);
    values.set(key, value as Value<File>);
  });
  return values;
}

/**
 * Reads images.txt, image_class_labels.txt, classes.txt and bounding_boxes.txt.
 *
 * @param folder CUB_200_2011
 * @returns the images in the order of images.txt; boxes in pixels of the image
 * @throws PlumageError "bad-file" for a missing file, an invalid row, or an image without class or
 *   box
 */
export async function readCubAnnotations(folder: string): Promise<CubImage[]> {
  const [images, labels, classes, boxes] = await Promise.all([
    readTable(folder, "images.txt"),
    readTable(folder, "image_class_labels.txt"),
    readTable(folder, "classes.txt"),
    readTable(folder, "bounding_boxes.txt"),
  ]);
  return [...images].map(([image, file]) => {
    const need = <T>(value: T | undefined, what: string): T => {
      if (value !== undefined) return value;
      throw new PlumageError(
        "bad-file",
        `${folder}: image ${image}, ${file}, has no ${what}`,
        "an annotation file is incomplete",
      );
    };
    const classId = need(labels.get(image), "class");
    const className = need(classes.get(classId), "class name");
    const box = need(boxes.get(image), "box");
    return { file, classId, className, box };
  });
}
