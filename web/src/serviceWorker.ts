/**
 * Makes the page itself work with the network off: index.html, scripts, styles and icons are kept when it is installed.
 * The large files (model, gallery, runtime) are not its business: the inference worker keeps those, by digest.
 */

/** A file of the shell; one without a revision has its hash in its name. */
interface ShellFile {
  readonly url: string;
  readonly revision: string | null;
}

// Both libraries of types are on, the page's and the workers'; only here is `self` a service worker.
const worker = self as unknown as ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: readonly ShellFile[] };

/** Filled in by the build. */
const shell = (self as unknown as typeof worker).__WB_MANIFEST;

const scope = worker.registration.scope;
const addressOf = (url: string): string => new URL(url, scope).href;
const shellAddresses = new Set(shell.map(({ url }) => addressOf(url)));

const prefix = `plumage-shell ${scope} `;

/** One cache for each build, named by what is in it. */
async function cacheName(): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(shell));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return prefix + Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function install(): Promise<void> {
  const cache = await caches.open(await cacheName());
  // Past the browser's own cache, so that all files are of one build.
  await cache.addAll([...shellAddresses].map((url) => new Request(url, { cache: "reload" })));
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  const current = await cacheName();
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(prefix) && name !== current).map((name) => caches.delete(name)),
  );
  await worker.clients.claim();
}

/** From the shell if it is part of it, else from the network. */
async function respond(request: Request, address: string): Promise<Response> {
  const cache = await caches.open(await cacheName());
  return (await cache.match(address)) ?? fetch(request);
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // The folder is its index.html; parameters (?provider=wasm) are the page's to read.
  const address = addressOf(origin + (pathname.endsWith("/") ? `${pathname}index.html` : pathname));
  if (request.method === "GET" && shellAddresses.has(address)) event.respondWith(respond(request, address));
});
