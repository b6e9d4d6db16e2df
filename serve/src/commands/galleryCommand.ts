/** `npm run gallery`: packs the index for the page that searches without a server. */

import { relative } from "node:path";
import { variantFile } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { readManifest, storeFolder, storeNameSchema, storePaths } from "@plumage/models/node";
import { packGallery } from "../gallery/packGallery.ts";
import { openCollection, storeOption } from "../stores/openCollection.ts";
import { fromEnvironment } from "./environment.ts";

const command = {
  usage: "npm run gallery --",
  summary:
    "Packs embeddings and thumbnails of the index into models/store/<name>/gallery for the static page.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    store: storeOption,
  },
};

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const { name, store } = options;
    const folder = storeFolder(name);
    const manifest = await readManifest(folder);
    const model = { model: variantFile(manifest).sha256, dimension: manifest.dimension };
    const collection = await openCollection({ store, name, model, purpose: "read" }, print);
    try {
      const out = storePaths(folder).gallery;
      const { items, embeddings, thumbnails } = await packGallery(
        collection,
        manifest,
        out,
        signal,
      );
      const megabytes = (embeddings.bytes + thumbnails.bytes) / 1e6;
      print(
        `${items.length} images, ${megabytes.toFixed(1)} MB, in ${relative(process.cwd(), out)}`,
      );
    } finally {
      await collection.close();
    }
  },
  [...fromEnvironment(command.options), ...process.argv.slice(2)],
);
