/**
 * `npm run bench -- NAME`: speed, as ratios against a peer that is measured in the same run, in
 * turn.
 */
import process from "node:process";

const benches: Readonly<
  Record<string, { readonly summary: string; readonly start: () => Promise<unknown> }>
> = {
  train: { summary: "a whole training step, beside PyTorch's", start: () => import("./train.ts") },
  embed: {
    summary: "an exported model's variants, beside PyTorch's network",
    start: () => import("./embed.ts"),
  },
  serve: {
    summary: "our service, beside FastAPI with torch and faiss",
    start: () => import("./serve.ts"),
  },
  search: {
    summary: "the service's vector store, beside faiss",
    start: () => import("./search.ts"),
  },
  web: {
    summary: "the page's bytes, its start, and its search over 100,000 embeddings",
    start: () => import("./web.ts"),
  },
};

const [name, ...words] = process.argv.slice(2);
const bench = benches[name ?? ""];
if (bench) {
  // Each bench is a command of its own, with its own options.
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
  await bench.start();
} else {
  const known = Object.entries(benches).map(
    ([key, { summary }]) => `  ${key.padEnd(7)} ${summary}`,
  );
  console.log(["Usage: npm run bench -- NAME [options]", "", ...known].join("\n"));
  const asksForHelp = name === undefined || name === "--help" || name === "-h";
  if (!asksForHelp) {
    console.error(`there is no bench "${name}": choose one of those above`);
    process.exitCode = 2;
  }
}
