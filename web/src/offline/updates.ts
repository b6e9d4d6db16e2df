/** New builds of the page. */
import { registration } from "./registration.ts";

/** @param offer called when a new build has been downloaded, with a function that switches to it */
export async function onUpdate(offer: (apply: () => void) => void): Promise<void> {
  const registered = await registration;
  if (!registered) return;
  const offerBuild = (next: ServiceWorker) =>
    offer(() => {
      const reload = () => location.reload();
      navigator.serviceWorker.addEventListener("controllerchange", reload, { once: true });
      // Another tab may have switched already.
      if (next.state === "activated") reload();
      else next.postMessage("take-over");
    });
  if (registered.waiting && registered.active) offerBuild(registered.waiting);
  registered.addEventListener("updatefound", () => {
    const next = registered.installing;
    next?.addEventListener("statechange", () => {
      if (next.state === "installed" && registered.active) offerBuild(next);
    });
  });
}
