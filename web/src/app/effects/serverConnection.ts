/** Connects to a search server, and remembers the address of one that the user entered. */
import type { GalleryEntry } from "../../engine/search/galleryPack.ts";
import { explain } from "../format/errors.ts";
import { findOwnServer, SearchServer } from "../server/searchServer.ts";
import type { Store } from "../state/store.ts";

/** Pages on one origin are distinguished by their path. */
const storageKey = `plumage-server ${location.pathname}`;

export class ServerConnection {
  readonly #store: Store;
  readonly #entries: Promise<readonly GalleryEntry[]>;
  #server: SearchServer | undefined;

  /** @param entries those of the page's gallery */
  constructor(store: Store, entries: Promise<readonly GalleryEntry[]>) {
    this.#store = store;
    this.#entries = entries;
  }

  get server(): SearchServer | undefined {
    return this.#server;
  }

  /** Connects to the server that was entered last, or else to the one that sent the page. */
  open(): Promise<void> {
    return this.#connect(recall());
  }

  /** @param address empty for the server that sent the page */
  change(address: string): Promise<void> {
    try {
      localStorage.setItem(storageKey, address);
    } catch {
      // Without storage, the address must be entered again at the next visit.
    }
    return this.#connect(address);
  }

  async #connect(address: string): Promise<void> {
    const unavailable = (reason: string) =>
      this.#store.dispatch({ kind: "serverChanged", server: { kind: "unavailable", reason } });
    const entries = await this.#entries;
    const url = address || (await findOwnServer());
    if (!url) return unavailable("This page has no server: it comes from a static host.");
    try {
      const server = await SearchServer.connect(url, entries);
      this.#server = server;
      const { items } = server;
      this.#store.dispatch({
        kind: "serverChanged",
        server: { kind: "connected", host: server.url.host, items },
      });
    } catch (error) {
      unavailable(explain(error));
    }
  }
}

function recall(): string {
  try {
    return localStorage.getItem(storageKey) ?? "";
  } catch {
    return "";
  }
}
