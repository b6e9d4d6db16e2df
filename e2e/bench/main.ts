/** `npm run bench -- NAME`: speed as a ratio to a peer that is measured in the same run. */
import process from "node:process";
import { PlumageError } from "@plumage/models";
import { exitWithError } from "@plumage/models/cli";

const benches: Readonly<
  Record<string, { readonly summary: string; readonly start: () => Promise<unknown> }>
> = {
  train: { summary: "a training step, compared with PyTorch", start: () => import("./train.ts") },
  embed: {
    summary: "an exported model's variants, compared with PyTorch",
    start: () => import("./embed.ts"),
  },
  serve: {
    summary: "the search server, compared with FastAPI, torch and faiss",
    start: () => import("./serve.ts"),
  },
  search: {
    summary: "the server's vector index, compared with faiss",
    start: () => import("./search.ts"),
  },
  web: {
    summary: "the page: its size, its start, and its search over 100,000 embeddings",
    start: () => import("./web.ts"),
  },
};

const [name, ...args] = process.argv.slice(2);
const bench = benches[name ?? ""];
if (bench) {
  // Each benchmark is a command with options of its own.
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  await bench.start();
} else {
  const known = Object.entries(benches).map(
    ([key, { summary }]) => `  ${key.padEnd(7)} ${summary}`,
  );
  console.log(["Usage: npm run bench -- NAME [options]", "", ...known].join("\n"));
  const asksForHelp = name === undefined || name === "--help" || name === "-h";
  if (!asksForHelp) {
    const message = `unknown benchmark "${name}"`;
    exitWithError(new PlumageError("bad-input", message, "use one of the names above"));
  }
}
