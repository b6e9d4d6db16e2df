/**
 * A server that answers beside this device, or in its place: serve's API through Hono's typed
 * client.
 */
import { PlumageError } from "@plumage/models";
// Types alone: nothing of the server is in the page.
import type { AppType } from "@plumage/serve";
import { hc } from "hono/client";
import type { Answer, GalleryEntry, Refinement } from "../../engine/protocol.ts";

/** What is searched by: a file with the part that is meant, or an entry of the gallery. */
export type ServerQuery =
  | {
      readonly blob: Blob;
      readonly box: { x: number; y: number; width: number; height: number } | undefined;
    }
  | { readonly entry: number };

export interface ServerAnswer extends Answer {
  /** Items found that this page's gallery does not have. */
  readonly strangers: number;
  /** Unit length; only where it was asked for. */
  readonly embedding?: Float32Array;
}

/** The server's limit for a list in an address. */
const mostLabels = 100;

type Client = ReturnType<typeof hc<AppType>>;

export class SearchServer {
  readonly url: URL;
  /** What its index holds. */
  readonly items: number;
  readonly #client: Client;
  readonly #entries: readonly GalleryEntry[];
  readonly #places: ReadonlyMap<string, number>;

  private constructor(url: URL, client: Client, items: number, entries: readonly GalleryEntry[]) {
    this.url = url;
    this.items = items;
    this.#client = client;
    this.#entries = entries;
    this.#places = new Map(entries.map(({ id }, index) => [id, index]));
  }

  /**
   * @param address of the server, with or without http:// before it
   * @param entries those of the page's gallery
   * @throws PlumageError that says why nobody answers there, and what to do
   */
  static async connect(address: string, entries: readonly GalleryEntry[]): Promise<SearchServer> {
    const url = addressOf(address);
    // The client sets paths after a slash of its own.
    const client = hc<AppType>(url.href.replace(/\/$/, ""));
    const { items } = await read(await reach(url, () => client.readyz.$get()), url);
    if (typeof items !== "number") throw notOurs(url);
    return new SearchServer(url, client, items, entries);
  }

  /**
   * The k nearest items, as entries of the page's gallery. @throws PlumageError with the server's
   * own words
   */
  async search(
    query: ServerQuery,
    { more, less, label }: Omit<Refinement, "scope">,
    k: number,
  ): Promise<ServerAnswer> {
    const idOf = (index: number) => {
      const entry = this.#entries[index];
      if (entry) return entry.id;
      throw new PlumageError(
        "bad-input",
        "your own images are not on the server",
        "search on this device",
      );
    };
    const isImage = "blob" in query;
    const box = isImage && query.box;
    const words = {
      k: String(k),
      like: [...(isImage ? [] : [query.entry]), ...more].map(idOf),
      unlike: less.map(idOf),
      label: this.#labelsWith(label),
      ...(box ? { box: [box.x, box.y, box.width, box.height].join(",") } : {}),
    };
    const begin = performance.now();
    const init = isImage ? { init: imageOf(query.blob) } : {};
    const response = await reach(this.url, () => this.#client.search.$post({ query: words }, init));
    const { results, timings } = await read(response, this.url);
    const hits = results.flatMap(({ id, score }) => {
      const index = this.#places.get(id);
      return index === undefined ? [] : [{ index, score }];
    });
    const { decode, preprocess, embed, search } = timings;
    const seen = isImage ? { decode: decode + preprocess, embed } : {};
    return {
      hits,
      strangers: results.length - hits.length,
      timings: { ...seen, search, roundTrip: performance.now() - begin },
    };
  }

  /** The embedding of a whole image. */
  async embed(blob: Blob): Promise<Float32Array> {
    const response = await reach(this.url, () =>
      this.#client.embed.$post(undefined, { init: imageOf(blob) }),
    );
    return Float32Array.from((await read(response, this.url)).embedding);
  }

  /**
   * The page's filter keeps to labels that contain what is typed; the server's to labels by their
   * names.
   */
  #labelsWith(text: string): string[] {
    if (!text) return [];
    const wanted = text.toLowerCase();
    const labels = new Set(
      this.#entries.flatMap(({ label }) => (label.toLowerCase().includes(wanted) ? [label] : [])),
    );
    if (labels.size > mostLabels)
      throw new PlumageError(
        "bad-input",
        `${labels.size} labels fit the filter`,
        `type more: the server takes ${mostLabels}`,
      );
    if (labels.size === 0)
      throw new PlumageError("bad-input", `no label has "${text}" in it`, "type another filter");
    return [...labels];
  }
}

/**
 * The server that this page came from, if one did: it says so in a header (RFC 8631). A file is
 * asked for that every host has, so that a plain host's answer is no error either.
 */
export async function ownServer(): Promise<string | undefined> {
  const page = new URL("../../server/", document.baseURI);
  const response = await fetch(page, { method: "HEAD" }).catch(() => undefined);
  return /rel="?service-desc/.test(response?.headers.get("link") ?? "") ? page.href : undefined;
}

const imageOf = (blob: Blob) => ({
  body: blob,
  headers: {
    "content-type": blob.type.startsWith("image/") ? blob.type : "application/octet-stream",
  },
});

function addressOf(text: string): URL {
  const address = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address))
    throw new PlumageError("bad-input", `"${text}" is no address`, "write https://host:port");
  return new URL(address);
}

async function reach<T>(url: URL, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    // Browsers do not tell pages which of these it was.
    throw new PlumageError(
      "unavailable",
      `no server can be reached at ${url.host}`,
      `see that it runs, and allows this page: npm run serve -- --origins ${location.origin}`,
      { cause },
    );
  }
}

const notOurs = (url: URL) =>
  new PlumageError(
    "unavailable",
    `what answers at ${url.host} is no search server of Plumage`,
    "see its address",
  );

/** An answer's JSON, or its problem document (RFC 9457) as an error. */
async function read<Body>(
  response: { readonly ok: boolean; readonly status: number; json(): Promise<Body> },
  url: URL,
): Promise<Extract<Body, object>> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && typeof body === "object" && body !== null)
    return body as Extract<Body, object>;
  const { detail, hint } = (body ?? {}) as { detail?: string; hint?: string };
  if (!detail) throw notOurs(url);
  throw new PlumageError("unavailable", `the server says: ${detail}`, hint);
}
