/** Embeds, resumes and deletes the user's folder. */
import type { Engine } from "../../engine/client.ts";
import type { FolderContents } from "../../engine/folder/embedFolder.ts";
import { explain } from "../format/errors.ts";
import type { Store } from "../state/store.ts";

export class FolderEmbedding {
  readonly #store: Store;
  readonly #engine: Engine;
  /** The folder that was chosen last, to resume with. */
  #chosen: FolderContents | undefined;

  constructor(store: Store, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /** @param choose returns the folder, or nothing if the user canceled */
  async start(choose: () => Promise<FolderContents | undefined>): Promise<void> {
    let error: string | undefined;
    try {
      const folder = await choose();
      if (!folder) return;
      this.#chosen = folder;
      // Otherwise a browser that is low on space may evict what took long to compute.
      await navigator.storage?.persist?.();
      await this.#engine.embedFolder(folder);
    } catch (cause) {
      error = explain(cause);
    }
    this.#store.dispatch({ kind: "folderEnded", error });
  }

  resume(): Promise<void> {
    return this.start(async () => this.#chosen);
  }

  stop(): Promise<void> {
    return this.#engine.stopFolder();
  }

  async delete(): Promise<void> {
    this.#chosen = undefined;
    await this.#engine.deleteFolder();
    this.#store.dispatch({ kind: "folderEnded", error: undefined });
  }
}
