/** The service worker's registration; undefined if the browser does not support or allow it. */
export const registration: Promise<ServiceWorkerRegistration | undefined> =
  import.meta.env.PROD && navigator.serviceWorker
    ? navigator.serviceWorker.register("./serviceWorker.js").catch(() => undefined)
    : Promise.resolve(undefined);
