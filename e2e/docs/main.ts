/** `npm run docs`: writes docs/reference.md from the option tables; --check compares instead. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlumageError } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { repositoryRoot, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import { readCommands } from "./commands.ts";
import { brokenLinks } from "./links.ts";
import { referenceText } from "./reference.ts";

const command = {
  usage: "npm run docs --",
  summary: "Writes docs/reference.md from the option tables.",
  options: {
    check: {
      description:
        "write nothing; fail if docs/reference.md is stale, or if a document links to or names " +
        "a missing file",
      schema: z.boolean().default(false),
    },
  },
};

await runCommand(command, async ({ options, print }) => {
  const path = join(repositoryRoot(), "docs", "reference.md");
  const text = referenceText(await readCommands({ file: fileURLToPath(import.meta.url), command }));
  if (!options.check) {
    await writeFileWhole(path, text);
    print("docs/reference.md is up to date");
    return;
  }
  const current = await readFile(path, "utf8").catch(() => "");
  const faults = brokenLinks();
  if (current !== text) faults.unshift("docs/reference.md is stale: run npm run docs");
  for (const fault of faults) print(fault);
  if (faults.length > 0)
    throw new PlumageError("bad-file", `problems in the docs: ${faults.length}`);
});
