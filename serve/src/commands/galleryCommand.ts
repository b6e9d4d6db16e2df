/** `npm run gallery`: packs the index for the page that searches without a server. */
import { join, relative } from "node:path";
import { runCommand } from "@plumage/models/cli";
import { readManifest, storeFolder, storeNameSchema } from "@plumage/models/node";
import { fp32Of } from "../embedder/goldens.ts";
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
    const model = { model: fp32Of(manifest).sha256, dimension: manifest.dimension };
    const collection = await openCollection({ store, name, model, purpose: "read" }, print);
    try {
      const out = join(folder, "gallery");
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
