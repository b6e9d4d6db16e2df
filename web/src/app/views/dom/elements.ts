/** Access to the elements of index.html, and creation of new ones. */

/** @throws Error if index.html has no such element, or one of another kind */
export function element<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} #${id}`);
}

/** Creates an element with properties and children. */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[Name] {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

/** Hides an element without text. */
export function showText(target: HTMLElement, text: string | undefined): void {
  target.hidden = !text;
  target.textContent = text ?? "";
}
