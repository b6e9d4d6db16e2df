/** The project's commands, read from the option tables and the npm scripts. */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, collectCommands, type OptionTable } from "@plumage/models/cli";
import { readJson, repositoryRoot } from "@plumage/models/node";
import { z } from "zod";

/** npm scripts without an option table of ours. */
export const otherScripts: Readonly<Record<string, string>> = {
  "npm run test:unit": "Runs the unit tests (Vitest). Append a path to run one file.",
  "npm run bench": "Lists the benches.",
  "npm run check": "Checks types, lint, formatting, layering and docs.",
  "npm run check:structure":
    "Checks for unused code and dependencies, import cycles, and long lines.",
  "npm run format": "Formats the code and applies safe lint fixes.",
  "npm run docs:api": "Writes the API reference of the packages' public entries to docs/api.",
  "npm run build -w web": "Builds the static page of the model PLUMAGE_NAME into web/dist.",
  "npm run dev -w web": "Serves the page with reloading, for work on it.",
  "npm run build:cosines -w web": "Assembles the WebAssembly of the page's search.",
  "npm run build:adam -w train": "Assembles the WebAssembly of Adam.",
};

const packageSchema = z.object({
  scripts: z.record(z.string(), z.string()).default({}),
  workspaces: z.array(z.string()).default([]),
});

interface Script {
  /** As it is typed, e.g. "npm run build -w web". */
  readonly usage: string;
  /** The TypeScript file that it runs, if it runs one. */
  readonly file?: string;
}

async function readScripts(): Promise<Script[]> {
  const root = repositoryRoot();
  const { workspaces, scripts } = await readJson(join(root, "package.json"), packageSchema);
  const own = Object.entries(scripts).map(([name, line]) => script(root, name, line));
  const others = await Promise.all(
    workspaces.map(async (workspace) => {
      const file = join(root, workspace, "package.json");
      const { scripts: lines } = await readJson(file, packageSchema);
      return Object.entries(lines).map(([name, line]) =>
        script(join(root, workspace), name, line, ` -w ${workspace}`),
      );
    }),
  );
  return [...own, ...others.flat()];
}

function script(folder: string, name: string, line: string, workspace = ""): Script {
  const [, path] = /^tsx (\S+\.ts)$/.exec(line) ?? [];
  return {
    usage: name === "test" ? "npm test" : `npm run ${name}${workspace}`,
    ...(path ? { file: resolve(folder, path) } : {}),
  };
}

const isCommand = async (file: string): Promise<boolean> =>
  (await readFile(file, "utf8")).includes("runCommand(");

/** The benches: commands beside the file that chooses among them. */
async function benchFiles(main: string): Promise<string[]> {
  const names = (await readdir(dirname(main))).filter((name) => name.endsWith(".ts")).sort();
  const files = names.map((name) => join(dirname(main), name));
  const commands = await Promise.all(files.map(isCommand));
  return files.filter((_, i) => commands[i]);
}

/** The program that asks; it cannot import itself. */
interface Caller {
  readonly file: string;
  readonly command: Command<OptionTable>;
}

/**
 * Every command with an option table, in the order of the npm scripts.
 *
 * @throws Error for a script that has neither a table nor a line in `otherScripts`, and for a line
 *   without a script
 */
export async function readCommands(caller: Caller): Promise<Command<OptionTable>[]> {
  const files: string[] = [];
  const scripts = await readScripts();
  const gone = Object.keys(otherScripts).filter((usage) => !scripts.some((s) => s.usage === usage));
  if (gone.length > 0) throw new Error(`remove ${gone.join(", ")} from e2e/docs/commands.ts`);
  for (const { usage, file } of scripts) {
    if (file && (await isCommand(file))) files.push(file);
    else if (!otherScripts[usage]) throw new Error(`describe ${usage} in e2e/docs/commands.ts`);
    if (file && usage === "npm run bench") files.push(...(await benchFiles(file)));
  }
  const commands: Command<OptionTable>[] = [];
  for (const file of files) {
    if (file === caller.file) commands.push(caller.command);
    else commands.push(...(await collectCommands(() => import(pathToFileURL(file).href))));
  }
  return commands;
}
