/** What a server process needs: a store folder and a port. */
import { createServer } from "node:net";
import { variantFile } from "@plumage/models";
import { indexPaths, storePaths } from "@plumage/models/node";
import { Catalog } from "../../src/stores/embedded/catalog.ts";
import { writeModel } from "./tinyModel.ts";

/** Writes a tiny model with an empty index; another seed gives another model. */
export async function writeEmptyStore(folder: string, seed = 1): Promise<void> {
  const manifest = await writeModel(folder, seed);
  const catalog = new Catalog(indexPaths(storePaths(folder).index).catalog);
  catalog.adopt(variantFile(manifest).sha256);
  catalog.close();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
