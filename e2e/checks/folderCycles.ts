/**
 * Finds folders that import each other. Biome refuses cycles between files; two folders can still
 * depend on each other without one.
 */

/** A file's path, and the paths of the files that it imports; all relative to the same root. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Returns every cycle among the entries of one folder, where an entry is a file of that folder or
 * a subfolder with all that it holds. A folder may import files beside it and be imported by
 * others: `data/csv/` imports `data/dataset.ts`, and `data/index.ts` imports `data/csv/`.
 *
 * @returns each cycle as the paths of its entries, folders with a trailing slash
 */
export function folderCycles(imports: ImportGraph): string[][] {
  const levels = new Map<string, Map<string, Set<string>>>();
  for (const [from, targets] of imports) {
    for (const to of targets) {
      const [level, a, b] = entriesThatMeet(from, to);
      if (a === b) continue;
      const edges = levels.get(level) ?? new Map<string, Set<string>>();
      levels.set(level, edges);
      edges.set(a, (edges.get(a) ?? new Set()).add(b));
    }
  }
  return [...levels.values()].flatMap(cyclesOf);
}

/** The deepest folder that holds both files, and its two entries in which they lie. */
function entriesThatMeet(from: string, to: string): [level: string, a: string, b: string] {
  const [a, b] = [from.split("/"), to.split("/")];
  let depth = 0;
  while (depth < Math.min(a.length, b.length) - 1 && a[depth] === b[depth]) depth++;
  const entry = (parts: string[]) =>
    parts.slice(0, depth + 1).join("/") + (parts.length > depth + 1 ? "/" : "");
  return [a.slice(0, depth).join("/"), entry(a), entry(b)];
}

/** Strongly connected components of more than one entry (Tarjan, SIAM J. Comput. 1972). */
function cyclesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (entry: string): number => {
    order.set(entry, order.size);
    low.set(entry, order.get(entry)!);
    stack.push(entry);
    for (const next of edges.get(entry) ?? []) {
      if (!order.has(next)) low.set(entry, Math.min(low.get(entry)!, visit(next)));
      else if (stack.includes(next)) low.set(entry, Math.min(low.get(entry)!, order.get(next)!));
    }
    if (low.get(entry) === order.get(entry)) {
      const component = stack.splice(stack.indexOf(entry));
      if (component.length > 1) cycles.push(component.sort());
    }
    return low.get(entry)!;
  };
  for (const entry of edges.keys()) if (!order.has(entry)) visit(entry);
  return cycles;
}
