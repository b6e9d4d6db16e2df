/** What is derived from a compared gallery is kept as long as the gallery is. */
import type { ComparedGallery } from "./comparedGallery.ts";

/** Derives once for each gallery; a failure is not kept. */
export function memoizeByGallery<Result>(
  derive: (gallery: ComparedGallery) => Promise<Result>,
): (gallery: ComparedGallery) => Promise<Result> {
  const kept = new WeakMap<ComparedGallery, Promise<Result>>();
  return (gallery) => {
    const known = kept.get(gallery);
    if (known) return known;
    const derived = derive(gallery);
    kept.set(gallery, derived);
    derived.catch(() => kept.delete(gallery));
    return derived;
  };
}
