/** What a server of its own needs: a store and a port. */
import { createServer } from "node:net";
import { join } from "node:path";
import { fp32Of } from "../../src/embedder/goldens.ts";
import { Catalog } from "../../src/stores/embedded/catalog.ts";
import { writeModel } from "./tinyModel.ts";

/** A store with a tiny model and an empty index of it. */
export async function prepareEmpty(folder: string): Promise<void> {
  const manifest = await writeModel(folder);
  const catalog = new Catalog(join(folder, "index", "catalogue.db"));
  catalog.adopt(fp32Of(manifest).sha256);
  catalog.close();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
