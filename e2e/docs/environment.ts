/** Every environment variable that the project reads. */
import { execFileSync } from "node:child_process";
import type { Command, OptionTable } from "@plumage/models/cli";
import { repositoryRoot } from "@plumage/models/node";

interface Variable {
  readonly name: string;
  /** What reads it. */
  readonly scope: string;
  readonly description: string;
}

/** Variables without an option of their own. */
const variables: readonly Variable[] = [
  {
    name: "PLUMAGE_DEBUG",
    scope: "every command",
    description: "1 prints the stack trace of an error",
  },
  {
    name: "NO_COLOR",
    scope: "every command",
    description: "any value turns colors off (no-color.org); TERM=dumb does too",
  },
  {
    name: "PLUMAGE_TOKEN",
    scope: "npm run serve",
    description:
      "the token of `Authorization: Bearer TOKEN`; --protect says which routes require it",
  },
  {
    name: "PLUMAGE_NAME",
    scope: "npm run build -w web, npm run dev -w web",
    description: "name of the model to build the page for (default emoji)",
  },
  {
    name: "VK_DRIVER_FILES",
    scope: "npm run train, npm run verify",
    description:
      "manifest of the Vulkan driver for WebGPU in Node; with --device webgpu, a software driver " +
      "is accepted",
  },
  {
    name: "HF_ENDPOINT",
    scope: "npm run import -- --model",
    description: "address of a mirror of Hugging Face (default https://huggingface.co)",
  },
  {
    name: "PLUMAGE_CHROMIUM",
    scope: "npm run test:e2e, npm run verify, npm run bench -- web",
    description:
      "path of the browser to use (default: Playwright's Chromium, then the system's Chromium or " +
      "Chrome)",
  },
  {
    name: "PLUMAGE_PYTHON",
    scope: "npm run test:unit",
    description:
      "Python with onnx, for the tests that run ONNX's checker (default python3); they are " +
      "skipped without it",
  },
  {
    name: "PLUMAGE_TEST_POSTGRES",
    scope: "npm run test:unit",
    description:
      "postgres:// address of a server with pgvector; the tests of the stores then run on it too",
  },
  {
    name: "PLUMAGE_MEMORY_QUERIES",
    scope: "npm run test:e2e",
    description: "queries of the page's memory test (default 60)",
  },
  {
    name: "PLUMAGE_DATABASE_PASSWORD",
    scope: "docker compose --profile postgres up",
    description: "password of the database's user plumage",
  },
  {
    name: "CI",
    scope: "npm run test:e2e",
    description: "any value makes a test marked `only` an error",
  },
];

/** The scripts whose options can also be set by a variable (environmentArguments in serve). */
const scriptsWithVariables = ["index", "gallery", "serve"];

/** The variables that stand for options: PLUMAGE_PORT for --port of `npm run serve`. */
export function optionVariables(commands: readonly Command<OptionTable>[]): Variable[] {
  const scopes = new Map<string, string[]>();
  for (const { usage, options } of commands) {
    const script = scriptsWithVariables.find((name) => usage === `npm run ${name} --`);
    if (!script) continue;
    for (const option of Object.keys(options)) {
      scopes.set(option, [...(scopes.get(option) ?? []), `npm run ${script}`]);
    }
  }
  return [...scopes].map(([option, users]) => ({
    name: `PLUMAGE_${option.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
    scope: users.join(", "),
    description: `stands for --${option.replace(/[A-Z]/g, "-$&").toLowerCase()}`,
  }));
}

/**
 * All variables, those of options first.
 *
 * @throws Error for a variable that the source reads and that is described nowhere
 */
export function allVariables(commands: readonly Command<OptionTable>[]): Variable[] {
  const all = [...optionVariables(commands), ...variables];
  const described = new Set(all.map(({ name }) => name));
  const missing = usedVariables().filter((name) => !described.has(name));
  if (missing.length > 0)
    throw new Error(`describe ${missing.join(", ")} in e2e/docs/environment.ts`);
  return all;
}

/** Every PLUMAGE_* name outside of the documents. */
function usedVariables(): string[] {
  const args = ["grep", "-ohE", "PLUMAGE_[A-Z_]*[A-Z]", "--", ".", ":!*.md"];
  const output = execFileSync("git", args, { cwd: repositoryRoot(), encoding: "utf8" });
  return [...new Set(output.split("\n").filter((name) => name !== ""))];
}
