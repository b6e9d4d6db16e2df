/** `npm run gallery`: packs the index for the page, which searches it without a server. */
import { availableParallelism } from "node:os";
import { variantFile } from "@plumage/models";
import { runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, readManifest, storeFolder, storePaths } from "@plumage/models/node";
import { packGallery } from "../gallery/packGallery.ts";
import { openImageReader } from "../images/imageReader.ts";
import { openCollection, storeOption } from "../stores/openCollection.ts";
import { environmentArguments } from "./environment.ts";

const command = {
  usage: "npm run gallery --",
  summary:
    "Packs the index's embeddings and thumbnails into models/store/<name>/gallery for the static " +
    "page.",
  options: { name: modelNameOption, store: storeOption },
};

await runCommand(
  command,
  async ({ options: { name, store }, signal, print }) => {
    const folder = storeFolder(name);
    const manifest = await readManifest(folder);
    const model = { sha256: variantFile(manifest).sha256, dimension: manifest.dimension };
    const collection = await openCollection({ store, name, model, mode: "read" }, print);
    const reader = openImageReader({ threads: availableParallelism(), resize: [] });
    try {
      const out = storePaths(folder).gallery;
      const gallery = await packGallery({ collection, reader }, manifest, out, signal);
      const megabytes = (gallery.embeddings.bytes + gallery.thumbnails.bytes) / 1e6;
      const place = shownPath(out);
      print(`${gallery.items.length} images, ${megabytes.toFixed(1)} MB, in ${place}`);
    } finally {
      await Promise.all([reader.close(), collection.close()]);
    }
  },
  () => environmentArguments(command.options),
);
