/** Cross-origin isolation on hosts that do not send the headers for it. */
import { registration } from "./registration.ts";

/** Marks a tab that was reloaded, so that a browser that refuses is not reloaded forever. */
const reloadedKey = `plumage-reloaded ${location.pathname}`;
/** Installation downloads the page's files again; on a slower network, continue single-threaded. */
const installTimeoutMs = 5000;

/**
 * Isolates the page, as multithreaded WebAssembly requires. The service worker adds the headers,
 * from the first load after its installation on; so the very first visit reloads once.
 *
 * @returns false if the page is reloading and must not start anything
 */
export async function isolatePage(): Promise<boolean> {
  try {
    if (crossOriginIsolated) {
      sessionStorage.removeItem(reloadedKey);
      return true;
    }
    if (sessionStorage.getItem(reloadedKey)) return true;
    if (!(await registration)) return true;
    if (!(await withTimeout(navigator.serviceWorker.ready, installTimeoutMs))) return true;
    sessionStorage.setItem(reloadedKey, "yes");
  } catch {
    // Without sessionStorage, a reload could repeat forever.
    return true;
  }
  location.reload();
  return false;
}

/** Resolves to undefined after a timeout. */
const withTimeout = <T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> =>
  Promise.race([
    promise,
    new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds, undefined)),
  ]);
