/** `npm run gallery`: packs the index for the page that searches without a server. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { encodeFloat16, type Gallery, gallerySchema, PlumageError } from "@plumage/models";
import {
  progress,
  readManifest,
  runCommand,
  sha256,
  storeFolder,
  storeNameSchema,
  writeFileWhole,
} from "@plumage/models/node";
import { Catalogue } from "./catalogue/catalogue.ts";
import { thumbnail } from "./picture.ts";

const command = {
  usage: "npm run gallery --",
  summary: "Packs embeddings and thumbnails of the index into models/store/<name>/gallery for the static page.",
  options: {
    name: { description: "name of the model", value: "NAME", schema: storeNameSchema.default("emoji") },
  },
};

const thumbnailSide = 96;
const inWork = 16;

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const manifest = await readManifest(folder);
  const catalogue = new Catalogue(join(folder, "index", "catalogue.db"));
  try {
    const model = catalogue.meta("model");
    if (catalogue.size === 0) throw new PlumageError("bad-file", "the index is empty", "run: npm run index");
    if (!manifest.files.some((file) => file.sha256 === model)) {
      throw new PlumageError("mismatch", "the index was built with another model", "run: npm run index");
    }
    const vectors: Uint8Array[] = [];
    const pictures: Uint8Array[] = [];
    const items: Gallery["items"] = [];
    const bar = progress("packing", catalogue.size, "pictures");
    let offset = 0;
    for (let after = -1; !signal.aborted; ) {
      const page = catalogue.page(after, inWork);
      if (page.length === 0) break;
      after = page.at(-1)!.key;
      const small = await Promise.all(page.map(async ({ path }) => thumbnail(await readFile(path), thumbnailSide)));
      page.forEach(({ key, id, label, source }, i) => {
        const picture = small[i]!;
        vectors.push(encodeFloat16(catalogue.embedding(key)!));
        pictures.push(picture);
        items.push({ id, label, ...(source ? { source } : {}), thumbnail: [offset, picture.length] });
        offset += picture.length;
      });
      bar.advance(page.length);
    }
    bar.finish();
    signal.throwIfAborted();
    const out = join(folder, "gallery");
    const write = async (file: string, parts: readonly Uint8Array[]) => {
      const bytes = Buffer.concat(parts);
      await writeFileWhole(join(out, file), bytes);
      return { file, bytes: bytes.length, sha256: sha256(bytes) };
    };
    const gallery: Gallery = {
      format: "plumage-gallery/1",
      model: model!,
      title: manifest.dataset.title,
      dimension: manifest.dimension,
      embeddings: { ...(await write("embeddings.f16.bin", vectors)), type: "float16" },
      thumbnails: await write("thumbnails.bin", pictures),
      items,
      attributions: manifest.dataset.attributions,
    };
    await writeFileWhole(join(out, "gallery.json"), JSON.stringify(gallerySchema.parse(gallery)));
    const megabytes = (gallery.embeddings.bytes + gallery.thumbnails.bytes) / 1e6;
    print(`${items.length} pictures, ${megabytes.toFixed(1)} MB, in ${relative(process.cwd(), out)}`);
  } finally {
    catalogue.close();
  }
});
