/** A search server that is used instead of the device, or compared with it. */
import { type Box, PlumageError } from "@plumage/models";
// Only types: no server code is in the page.
import type { AppType } from "@plumage/serve";
import { hc } from "hono/client";
import type { Answer } from "../../engine/protocol.ts";
import type { SearchOptions } from "../../engine/search/combinedSearch.ts";
import type { GalleryEntry } from "../../engine/search/galleryPack.ts";
import { labelContains } from "../../engine/search/labels.ts";

/** An image file with its crop, an entry of the gallery, or words. */
export type ServerQuery =
  | { readonly blob: Blob; readonly box: Box | undefined }
  | { readonly entry: number }
  | { readonly text: string };

export interface ServerAnswer extends Answer {
  /** Number of results that are not in this page's gallery. */
  readonly missing: number;
  /** Unit length; only if it was requested. */
  readonly embedding?: Float32Array;
}

/** The server's limit for the labels of a query. */
const maxLabels = 100;

type Client = ReturnType<typeof hc<AppType>>;

export class SearchServer {
  readonly url: URL;
  /** Number of indexed images. */
  readonly items: number;
  readonly #client: Client;
  readonly #entries: readonly GalleryEntry[];
  readonly #indices: ReadonlyMap<string, number>;

  private constructor(url: URL, client: Client, items: number, entries: readonly GalleryEntry[]) {
    this.url = url;
    this.items = items;
    this.#client = client;
    this.#entries = entries;
    this.#indices = new Map(entries.map(({ id }, index) => [id, index]));
  }

  /**
   * Connects to a server that is ready.
   *
   * @param address with or without http://
   * @param entries those of the page's gallery
   * @throws PlumageError if no Plumage server is ready at this address
   */
  static async connect(address: string, entries: readonly GalleryEntry[]): Promise<SearchServer> {
    const url = parseUrl(address);
    // The client adds a slash of its own.
    const client = hc<AppType>(url.href.replace(/\/$/, ""));
    const { items } = await readBody(await send(url, () => client.readyz.$get()), url);
    if (typeof items !== "number") throw notPlumage(url);
    return new SearchServer(url, client, items, entries);
  }

  /**
   * The k nearest images, as entries of the page's gallery.
   *
   * @throws PlumageError with the server's own message
   */
  async search(
    query: ServerQuery,
    { more, less, label }: Omit<SearchOptions, "scope">,
    k: number,
  ): Promise<ServerAnswer> {
    const isImage = "blob" in query;
    const box = isImage && query.box;
    const params = {
      k: String(k),
      like: [...("entry" in query ? [query.entry] : []), ...more].map((index) => this.#idOf(index)),
      unlike: less.map((index) => this.#idOf(index)),
      label: this.#labelsWith(label),
      ...("text" in query ? { text: query.text } : {}),
      ...(box ? { box: [box.x, box.y, box.width, box.height].join(",") } : {}),
    };
    const begin = performance.now();
    const options = isImage ? { init: imageBody(query.blob) } : {};
    const response = await send(this.url, () =>
      this.#client.search.$post({ query: params }, options),
    );
    const { results, timings, text } = await readBody(response, this.url);
    const hits = results.flatMap(({ id, score, confidence }) => {
      const index = this.#indices.get(id);
      return index === undefined ? [] : [{ index, score, confidence }];
    });
    const { decode, preprocess, embed, search } = timings;
    return {
      hits,
      missing: results.length - hits.length,
      timings: {
        ...(isImage ? { decode: decode + preprocess } : {}),
        ...("entry" in query ? {} : { embed }),
        search,
        roundTrip: performance.now() - begin,
      },
      ...(text ? { text } : {}),
    };
  }

  /** The embedding of a whole image. */
  async embed(blob: Blob): Promise<Float32Array> {
    const response = await send(this.url, () =>
      this.#client.embed.$post({ query: {} }, { init: imageBody(blob) }),
    );
    return Float32Array.from((await readBody(response, this.url)).embedding);
  }

  #idOf(index: number): string {
    const entry = this.#entries[index];
    if (entry) return entry.id;
    const message = "your photos are not on the server";
    throw new PlumageError("bad-input", message, "search on this device");
  }

  /** The labels that contain a text: the page filters by text, the server by whole labels. */
  #labelsWith(text: string): string[] {
    if (!text) return [];
    const labels = new Set(this.#entries.map(({ label }) => label));
    const matches = [...labels].filter((label) => labelContains(label, text));
    if (matches.length > maxLabels) {
      const message = `${matches.length} labels match the filter`;
      const hint = `type more: the server accepts at most ${maxLabels}`;
      throw new PlumageError("bad-input", message, hint);
    }
    if (matches.length === 0)
      throw new PlumageError("bad-input", `no label contains "${text}"`, "change the filter");
    return matches;
  }
}

/**
 * The server that sent this page, if one did: it announces its API in a header (RFC 8631). Requests
 * a file that every static host has, so that no request fails.
 */
export async function findOwnServer(): Promise<string | undefined> {
  const page = new URL("./", document.baseURI);
  const response = await fetch(page, { method: "HEAD" }).catch(() => undefined);
  return /rel="?service-desc/.test(response?.headers.get("link") ?? "") ? page.href : undefined;
}

const imageBody = (blob: Blob) => ({
  body: blob,
  headers: {
    "content-type": blob.type.startsWith("image/") ? blob.type : "application/octet-stream",
  },
});

function parseUrl(text: string): URL {
  const address = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(address))
    throw new PlumageError(
      "bad-input",
      `"${text}" is not a valid address`,
      "use https://host:port",
    );
  return new URL(address);
}

async function send<T>(url: URL, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    // Browsers do not tell pages whether the network or CORS is the reason.
    const { origin } = location;
    throw new PlumageError(
      "unavailable",
      `the server at ${url.host} cannot be reached`,
      `check that it is running and allows this page: npm run serve -- --origins ${origin}`,
      { cause },
    );
  }
}

const notPlumage = (url: URL) =>
  new PlumageError("unavailable", `${url.host} is not a Plumage server`, "check the address");

/** The JSON of a response; a problem document (RFC 9457) becomes an error. */
async function readBody<Body>(
  response: { readonly ok: boolean; readonly status: number; json(): Promise<Body> },
  url: URL,
): Promise<Extract<Body, object>> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && typeof body === "object" && body !== null)
    return body as Extract<Body, object>;
  const { detail, hint } = (body ?? {}) as { detail?: string; hint?: string };
  if (!detail) throw notPlumage(url);
  throw new PlumageError("unavailable", `the server responded: ${detail}`, hint);
}
