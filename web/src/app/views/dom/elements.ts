/** The page's own elements by id; index.html has them all. */

/** @throws Error if index.html has no such element, or one of another kind */
export function element<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} #${id}`);
}
