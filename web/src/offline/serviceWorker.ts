/**
 * Makes the page itself work with the network off: index.html, scripts, styles and icons are kept
 * when it is installed. It also adds the headers that isolate the page, which wasm threads need and
 * plain static hosts do not send. The large files (model, gallery, runtime) are not its business:
 * the inference worker keeps those, by digest.
 */

/** A file of the shell; one without a revision has its hash in its name. */
interface ShellFile {
  readonly url: string;
  readonly revision: string | null;
}

// Both libraries of types are on, the page's and the workers'; only here is `self` a service
// worker.
const worker = self as unknown as ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly ShellFile[];
};

/** Filled in by the build. */
const shell = (self as unknown as typeof worker).__WB_MANIFEST;

const scope = worker.registration.scope;
const addressOf = (url: string): string => new URL(url, scope).href;
const shellAddresses = new Set(shell.map(({ url }) => addressOf(url)));

const prefix = `plumage-shell ${scope} `;

/** One cache for each build, named by what is in it. */
async function nameCache(): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(shell));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return (
    prefix +
    Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")
  );
}
const cacheName = nameCache();

/** HTML's cross-origin isolation. The second is asked of worker scripts too. */
const isolation: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * The same answer with the isolating headers. A new one, so that a redirect on the way (index.html
 * to /) does not stick to it.
 */
function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolation)) headers.set(name, value);
  // The body is past its transfer encoding here.
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(response.body, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}

/**
 * A file of the shell from the host, past the browser's own cache, so that all files are of one
 * build.
 */
async function fetchShellFile(url: string): Promise<Response> {
  const response = await fetch(url, { cache: "reload" });
  // Many hosts answer a missing file with their start page and status 200.
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  if (!response.ok || (isPage && !url.endsWith(".html")))
    throw new TypeError(`${url}: ${response.status}`);
  return isolated(response);
}

/**
 * All files or none: where one fails, nothing is installed and the browser tries again at the next
 * visit.
 */
async function install(): Promise<void> {
  const cache = await caches.open(await cacheName);
  await Promise.all(
    [...shellAddresses].map(async (url) => cache.put(url, await fetchShellFile(url))),
  );
}

async function activate(): Promise<void> {
  const current = await cacheName;
  const names = await caches.keys();
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix) && name !== current)
      .map((name) => caches.delete(name)),
  );
  await worker.clients.claim();
}

/** A file of the shell as it was kept; from the host where the browser has thrown it away. */
async function respond(request: Request, address: string): Promise<Response> {
  const cache = await caches.open(await cacheName);
  return (await cache.match(address)) ?? isolated(await fetch(request));
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
// A new build waits until the person says so: scripts of two builds would not fit each other.
worker.addEventListener("message", ({ data }) => {
  if (data === "take-over") worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // The folder is its index.html; parameters (?provider=wasm) are the page's to read.
  const address = addressOf(origin + (pathname.endsWith("/") ? `${pathname}index.html` : pathname));
  if (request.method === "GET" && shellAddresses.has(address))
    event.respondWith(respond(request, address));
});
