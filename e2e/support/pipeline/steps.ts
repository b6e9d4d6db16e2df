/** The pipeline from training to a built page, as a table of the project's own commands. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { galleryFiles, storeFiles } from "@plumage/models";
import { repositoryRoot, storeFolder } from "@plumage/models/node";
import { type Program, typescript } from "../processes.ts";

export interface Step {
  readonly name: string;
  readonly program: Program;
  /** Sources that the output depends on, besides the previous step's output. */
  readonly sources: readonly string[];
  /** A file or folder that exists once the step is done. */
  readonly output: string;
}

/** More arguments for the steps' commands. */
export type ExtraArgs = Partial<
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

/** Where a model's page is built: web/dist for the demo, a folder of its own for a test model. */
export const pageFolder = (name: string): string =>
  name === "emoji"
    ? join(repositoryRoot(), "web", "dist")
    : join(repositoryRoot(), ".tmp", "pages", name);

/** The steps for one model of the store, in order. */
export function stepsFor(name: string, extra: ExtraArgs = {}): Step[] {
  const command = (
    step: keyof ExtraArgs,
    file: string,
    output: string,
    sources: readonly string[],
  ): Step => ({
    name: step,
    program: { args: typescript(file, "--name", name, ...(extra[step] ?? [])) },
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
        args: [
          vite(),
          "build",
          "--logLevel",
          "warn",
          "--outDir",
          pageFolder(name),
          "--emptyOutDir",
        ],
        cwd: join(repositoryRoot(), "web"),
        env: { PLUMAGE_NAME: name },
      },
      sources: ["web"],
      output: join(pageFolder(name), "index.html"),
    },
  ];
}
