/** Reads uploaded images from the database, part by part. */
import { parse } from "node:path";
import type { ImageFile } from "../../collection/imageFile.ts";
import type { CollectionItem } from "../../collection/item.ts";
import type { Query } from "./database.ts";

/** @returns undefined if the item has been removed, or its image replaced */
export async function openUpload(
  query: Query,
  schema: string,
  { key, id, path }: CollectionItem,
): Promise<ImageFile | undefined> {
  // An item that is replaced gets another key.
  const select = (expression: string) =>
    `SELECT ${expression} FROM ${schema}.pictures JOIN ${schema}.items USING (id)
     WHERE id = $1 AND items.key = $2`;
  const [row] = await query(select("octet_length(content) AS bytes"), [id, key]);
  if (!row) return undefined;
  return {
    // Uploads are named by their digest.
    tag: parse(path).name,
    bytes: Number(row.bytes),
    async read(start, length) {
      const part = select("substring(content FROM $3 FOR $4) AS part");
      const [row] = await query(part, [id, key, start + 1, length]);
      return (row?.part ?? new Uint8Array()) as Uint8Array<ArrayBuffer>;
    },
    close: async () => undefined,
  };
}
