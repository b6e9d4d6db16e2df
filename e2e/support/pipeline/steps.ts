/**
 * The way from nothing to a page that works, as a table: each step is one of the project's own
 * commands.
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { galleryFiles, storeFiles } from "@plumage/models";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { type Program, typescript } from "../processes.ts";

export interface Step {
  readonly name: string;
  readonly program: Program;
  /** Folders whose files decide what comes out, beside what the step before gave. */
  readonly sources: readonly string[];
  /** A file that is there when the step has been done. */
  readonly output: string;
}

/** Words added to a step's command. */
export type ExtraWords = Partial<
  Record<"train" | "export" | "index" | "gallery", readonly string[]>
>;

const vite = () =>
  join(
    dirname(
      createRequire(join(repositoryRoot(), "web", "package.json")).resolve("vite/package.json"),
    ),
    "bin",
    "vite.js",
  );

/**
 * Where the page is built: in web/dist for people; the page of a test model has no business there.
 */
export const pageFolder = (name: string): string =>
  name === "emoji"
    ? join(repositoryRoot(), "web", "dist")
    : join(repositoryRoot(), ".tmp", "pages", name);

/** The steps for one model of the store, in order. */
export function stepsFor(name: string, extra: ExtraWords = {}): Step[] {
  const command = (
    step: keyof ExtraWords,
    file: string,
    output: string,
    sources: readonly string[],
  ): Step => ({
    name: step,
    program: { words: typescript(file, "--name", name, ...(extra[step] ?? [])) },
    sources,
    output: join(storeFolder(name), output),
  });
  return [
    command("train", "train/src/main.ts", storeFiles.checkpoint, [
      "models/src",
      "models/checkpoints",
      "export/src",
      "train/src",
    ]),
    command("export", "export/src/main.ts", storeFiles.manifest, []),
    command("index", "serve/src/commands/indexCommand.ts", storeFiles.index, ["serve/src"]),
    command(
      "gallery",
      "serve/src/commands/galleryCommand.ts",
      `${storeFiles.gallery}/${galleryFiles.manifest}`,
      [],
    ),
    {
      name: "web build",
      program: {
        words: [
          vite(),
          "build",
          "--logLevel",
          "warn",
          "--outDir",
          pageFolder(name),
          "--emptyOutDir",
        ],
        folder: join(repositoryRoot(), "web"),
        environment: { PLUMAGE_NAME: name },
      },
      sources: ["web"],
      output: join(pageFolder(name), "index.html"),
    },
  ];
}
