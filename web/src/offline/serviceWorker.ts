/**
 * Stores the page's own files (HTML, scripts, styles, icons) for offline visits, and adds the
 * headers for cross-origin isolation. The engine's worker stores the large files, by digest.
 */

/** A file of the build; without a revision, its name contains its hash. */
interface BuildFile {
  readonly url: string;
  readonly revision: string | null;
}

// TypeScript knows `self` as a page or a dedicated worker.
const worker = self as unknown as ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly BuildFile[];
};

/** Injected by the build, which looks for this literal expression. */
const files = (self as unknown as typeof worker).__WB_MANIFEST;

const scope = worker.registration.scope;
const resolve = (url: string): string => new URL(url, scope).href;
const addresses = new Set(files.map(({ url }) => resolve(url)));

const prefix = `plumage-shell ${scope} `;

/** One cache per build, named after its content. */
async function nameCache(): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(files));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hex = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return prefix + hex.join("");
}
const cacheName = nameCache();

/** COOP and COEP isolate a page; scripts of workers must have COEP as well. */
const isolationHeaders: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** A copy with the isolation headers; unlike the original, it is not marked as redirected. */
function isolate(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolationHeaders)) headers.set(name, value);
  // The body is already decoded.
  headers.delete("content-encoding");
  headers.delete("content-length");
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

/** Downloads a file, bypassing the HTTP cache so that all files are from one build. */
async function download(url: string): Promise<Response> {
  const response = await fetch(url, { cache: "reload" });
  // Many hosts answer a request for a missing file with their start page and status 200.
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  if (!response.ok || (isPage && !url.endsWith(".html")))
    throw new TypeError(`${url}: ${response.status}`);
  return isolate(response);
}

/** Stores all files. If one fails, the installation fails, and the next visit tries again. */
async function install(): Promise<void> {
  const cache = await caches.open(await cacheName);
  await Promise.all([...addresses].map(async (url) => cache.put(url, await download(url))));
}

/** Deletes the files of earlier builds. */
async function activate(): Promise<void> {
  const current = await cacheName;
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(prefix) && name !== current);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The stored file, or the host's if the browser has evicted it. */
async function respond(request: Request, address: string): Promise<Response> {
  const cache = await caches.open(await cacheName);
  return (await cache.match(address)) ?? isolate(await fetch(request));
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
// A new build waits for the user's consent: scripts of two builds must not mix.
worker.addEventListener("message", ({ data }) => {
  if (data === "take-over") worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // A folder is its index.html; the page itself reads the query parameters.
  const address = resolve(origin + (pathname.endsWith("/") ? `${pathname}index.html` : pathname));
  if (request.method === "GET" && addresses.has(address))
    event.respondWith(respond(request, address));
});
