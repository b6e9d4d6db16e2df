/** `npm run gallery`: packs the index for the page that searches without a server. */
import { join, relative } from "node:path";
import { readManifest, runCommand, storeFolder, storeNameSchema } from "@plumage/models/node";
import { openCatalogue } from "./catalogue/catalogue.ts";
import { packGallery } from "./gallery/packGallery.ts";

const command = {
  usage: "npm run gallery --",
  summary: "Packs embeddings and thumbnails of the index into models/store/<name>/gallery for the static page.",
  options: {
    name: { description: "name of the model", value: "NAME", schema: storeNameSchema.default("emoji") },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const manifest = await readManifest(folder);
  const catalogue = openCatalogue(
    join(folder, "index", "catalogue.db"),
    `run: npm run index -- --name ${options.name}`,
  );
  try {
    const out = join(folder, "gallery");
    const { items, embeddings, thumbnails } = await packGallery(catalogue, manifest, out, signal);
    const megabytes = (embeddings.bytes + thumbnails.bytes) / 1e6;
    print(`${items.length} pictures, ${megabytes.toFixed(1)} MB, in ${relative(process.cwd(), out)}`);
  } finally {
    catalogue.close();
  }
});
