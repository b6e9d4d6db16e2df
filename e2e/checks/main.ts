/** Part of `npm run check`: what neither the compiler nor Biome can see. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { repositoryRoot } from "@plumage/models/node";
import { folderCycles } from "./folderCycles.ts";
import { longLines } from "./longLines.ts";

const root = repositoryRoot();
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  // A deleted file stays listed until the deletion is staged.
  .filter((path) => path !== "" && existsSync(join(root, path)));
const read = (path: string) => readFileSync(join(root, path), "utf8");

const sources = files.filter((path) => /\.ts$/.test(path) && !/\.(test|spec)\.ts$/.test(path));
const imports = new Map(
  sources.map((path) => [
    path,
    [...read(path).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier]) =>
      join(dirname(path), specifier!),
    ),
  ]),
);
const problems = [
  ...folderCycles(imports).map((cycle) => `these import each other: ${cycle.join(", ")}`),
  ...files.flatMap((path) => longLines(path, read)),
];

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
