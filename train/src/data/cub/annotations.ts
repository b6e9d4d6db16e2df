/**
 * The annotation files of CUB-200-2011 (Wah et al., 2011), in their own layout: numbers and names,
 * a row a line.
 */
import { join } from "node:path";
import { type Box, boxSchema, PlumageError } from "@plumage/models";
import { readText } from "@plumage/models/node";
import { z } from "zod";

const id = z.coerce.number().pipe(z.int().positive());
const number = z.coerce.number();
const name = z.string().min(1);

/** What stands on a row of each file. */
const rows = {
  "images.txt": z.tuple([id, name]),
  "image_class_labels.txt": z.tuple([id, id]),
  "classes.txt": z.tuple([id, name]),
  "bounding_boxes.txt": z
    .tuple([id, number, number, number, number])
    .transform(([image, x, y, width, height]): [number, Box] => [image, { x, y, width, height }])
    .pipe(z.tuple([z.number(), boxSchema])),
};

export interface CubImage {
  /** Below images/, e.g. "001.Black_footed_Albatross/Black_Footed_Albatross_0046_18.jpg". */
  readonly file: string;
  readonly classId: number;
  /** As in classes.txt, e.g. "001.Black_footed_Albatross". */
  readonly className: string;
  readonly box: Box;
}

async function table<File extends keyof typeof rows>(folder: string, file: File) {
  const path = join(folder, file);
  const lines = (await readText(path, "--root wants the folder CUB_200_2011")).split(/\r?\n/);
  const found = new Map<number, z.infer<(typeof rows)[File]>[1]>();
  // A file's name may hold a blank: the last column takes what is left of its line.
  const names = file === "images.txt" || file === "classes.txt";
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const cells = names ? /^(\S+)\s+(.+)$/.exec(line.trim())?.slice(1) : line.trim().split(/\s+/);
    const result = rows[file].safeParse(cells);
    if (!result.success) {
      throw new PlumageError(
        "bad-file",
        `${path}, line ${i + 1}: ${result.error.issues[0]!.message}`,
        `it reads: ${line}`,
      );
    }
    const [key, value] = result.data;
    if (found.has(key))
      throw new PlumageError("bad-file", `${path}, line ${i + 1}: ${key} comes a second time`);
    found.set(key, value as z.infer<(typeof rows)[File]>[1]);
  });
  return found;
}

/**
 * Reads images.txt, image_class_labels.txt, classes.txt and bounding_boxes.txt.
 *
 * @param folder CUB_200_2011
 * @returns the images in the order of images.txt; boxes in pixels of the image
 * @throws PlumageError "bad-file" for a file that is missing, a row that cannot be read, or an
 * image without class or box
 */
export async function readCubAnnotations(folder: string): Promise<CubImage[]> {
  const [images, labels, classes, boxes] = await Promise.all([
    table(folder, "images.txt"),
    table(folder, "image_class_labels.txt"),
    table(folder, "classes.txt"),
    table(folder, "bounding_boxes.txt"),
  ]);
  return [...images].map(([image, file]) => {
    const classId = labels.get(image);
    const className = classId === undefined ? undefined : classes.get(classId);
    const box = boxes.get(image);
    if (classId === undefined || className === undefined || box === undefined) {
      const missing =
        classId === undefined ? "class" : className === undefined ? "class name" : "box";
      throw new PlumageError(
        "bad-file",
        `${folder}: image ${image}, ${file}, has no ${missing}`,
        "a file is cut short",
      );
    }
    return { file, classId, className, box };
  });
}
