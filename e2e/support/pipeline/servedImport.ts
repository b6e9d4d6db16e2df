/** An imported encoder behind a server and on a page, with a folder of images as its gallery. */
import { rm } from "node:fs/promises";
import { storeFolder } from "@plumage/models/node";
import { run, typescript } from "../processes.ts";
import type { HttpServer } from "../servers/httpServer.ts";
import { freePort, type SearchServer, startServer } from "../servers/searchServer.ts";
import { serveFolder } from "../servers/staticServer.ts";
import { pageFolder, stepsFor } from "./steps.ts";

export interface ServedImport {
  readonly server: SearchServer;
  /** The page. */
  readonly site: HttpServer;
  /** Stops both, and deletes the model and its page. */
  close(): Promise<void>;
}

/**
 * Imports, indexes, packs and builds, then serves.
 *
 * @param name of the model
 * @param encoder options of `npm run import` that name the encoder
 * @param images folder of the gallery's images
 */
export async function serveImport(
  name: string,
  encoder: readonly string[],
  images: string,
): Promise<ServedImport> {
  const { signal } = new AbortController();
  await rm(storeFolder(name), { recursive: true, force: true });
  const args = typescript("train/src/importCommand.ts", "--name", name, ...encoder);
  await run("import", { args }, signal);
  const steps = stepsFor(name, { index: ["--from", images] }).slice(2);
  for (const step of steps) await run(step.name, step.program, signal);
  const server = await startServer(name, await freePort(), signal);
  const site = await serveFolder(pageFolder(name));
  return {
    server,
    site,
    async close() {
      await site.close();
      await server.close();
      for (const folder of [storeFolder(name), pageFolder(name)])
        await rm(folder, { recursive: true, force: true });
    },
  };
}
