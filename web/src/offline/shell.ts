/**
 * The page's side of the service worker: isolation on hosts that send no headers for it, and new
 * builds.
 */

const script = "./serviceWorker.js";
/**
 * Set in the tab when it was reloaded to become isolated; without it a browser that refuses would
 * reload for ever.
 */
const reloadedKey = `plumage-reloaded ${location.pathname}`;
/**
 * Installing means to fetch the page's own files once more. A network slower than that goes on
 * without threads.
 */
const patience = 5000;

/** The registration; nothing where there is no https, no service worker, or none allowed. */
const registration: Promise<ServiceWorkerRegistration | undefined> =
  import.meta.env.PROD && navigator.serviceWorker
    ? navigator.serviceWorker.register(script).catch(() => undefined)
    : Promise.resolve(undefined);

/**
 * Sees to it that the page is cross-origin isolated, which wasm threads need. The service worker
 * adds the headers, from the first load after it was installed: so the very first visit reloads,
 * once.
 *
 * @returns false if the page is being reloaded and nothing more should be started
 */
export async function isolate(): Promise<boolean> {
  try {
    if (crossOriginIsolated) {
      sessionStorage.removeItem(reloadedKey);
      return true;
    }
    if (sessionStorage.getItem(reloadedKey)) return true;
    if (!(await registration) || !(await within(patience, navigator.serviceWorker.ready)))
      return true;
    sessionStorage.setItem(reloadedKey, "yes");
  } catch {
    // No storage in this tab: a reload could not be told from the one before.
    return true;
  }
  location.reload();
  return false;
}

/** What a promise gives, or nothing after so many milliseconds. */
const within = <T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([
    promise,
    new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds, undefined)),
  ]);

/**
 * Calls back when a new build has been fetched whole. @param offer is given what changes over to it
 */
export async function onUpdate(offer: (apply: () => void) => void): Promise<void> {
  const registered = await registration;
  if (!registered) return;
  const waiting = (next: ServiceWorker) =>
    offer(() => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
        once: true,
      });
      // Another tab may have been first.
      if (next.state === "activated") location.reload();
      else next.postMessage("take-over");
    });
  if (registered.waiting && registered.active) waiting(registered.waiting);
  registered.addEventListener("updatefound", () => {
    const next = registered.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed" && registered.active) waiting(next);
    });
  });
}
