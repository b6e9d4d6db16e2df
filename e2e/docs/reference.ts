/** docs/reference.md, from the option tables, the environment variables and the exit codes. */
import { exitCodes } from "@plumage/models";
import { type Command, type OptionTable, optionTexts } from "@plumage/models/cli";
import { otherScripts } from "./commands.ts";
import { allVariables } from "./environment.ts";
import { wrap } from "./wrap.ts";

const head = `# Reference: commands, options, environment variables
<!-- Generated from the option tables by \`npm run docs\`. Do not edit. -->

${wrap(
  "Options follow two dashes: `npm run train -- --name birds`. Every command also takes " +
    "`--help`, and stops on Ctrl-C without losing finished work.",
)}
`;

/** What each exit code of `exitCodes` means; several error codes may share one. */
const exitMeanings: readonly (readonly [number, string])[] = [
  [0, "success"],
  [
    exitCodes.diverged,
    "training diverged (the loss or a weight is NaN or infinite), or a test or check failed",
  ],
  [exitCodes["bad-input"], "an option or argument is wrong"],
  [exitCodes["bad-image"], "data is unreadable, or two files do not belong together"],
  [exitCodes["bad-file"], "a file is missing, damaged or cannot be written"],
  [exitCodes.unsupported, "this machine lacks a device or feature that was asked for"],
  [70, "a bug; run again with PLUMAGE_DEBUG=1 and report it"],
  [exitCodes.full, "a disk is full"],
  [exitCodes.unavailable, "a network, port, database or device is unavailable right now"],
  [exitCodes.denied, "no permission, or a read-only file system"],
  [130, "stopped by Ctrl-C (SIGINT)"],
  [143, "stopped by SIGTERM"],
];

/** The whole document. */
export function referenceText(commands: readonly Command<OptionTable>[]): string {
  const others = Object.entries(otherScripts).map(([usage, text]) => item(`\`${usage}\`: ${text}`));
  const variables = allVariables(commands).map(({ name, scope, description }) =>
    item(`\`${name}\` (${scope}): ${description}`),
  );
  return [
    head,
    ...commands.map(commandText),
    ["## Other scripts", ...others, ""].join("\n"),
    [
      "## Environment variables",
      "An option on the command line takes precedence over its variable.",
      "",
      ...variables,
      "",
    ].join("\n"),
    [
      "## Exit codes",
      "| code | meaning |",
      "|-|-|",
      ...exitMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`),
      "",
    ].join("\n"),
  ].join("\n");
}

function commandText({ usage, summary, options }: Command<OptionTable>): string {
  const name = usage.replace(/ --$/, "");
  const items = optionTexts(options).map(({ flag, description, initial }) =>
    item(`\`${flag}\`: ${plain(description)}${initial ? ` (default \`${initial}\`)` : ""}`),
  );
  return [`## ${name}`, summaryText(summary), "", ...items, ...(items.length ? [""] : [])].join(
    "\n",
  );
}

/** Paragraphs of a summary; its indented lines are a list. */
function summaryText(summary: string): string {
  const blocks: string[] = [];
  for (const line of summary.split("\n")) {
    const isItem = /^\s/.test(line);
    const last = blocks.at(-1);
    if (last === undefined || isItem || last.startsWith("* ")) {
      blocks.push(isItem ? `* ${line.trim()}` : line);
    } else blocks[blocks.length - 1] = `${last} ${line}`;
  }
  return blocks
    .map((block) => (block.startsWith("* ") ? wrap(plain(block), "  ") : `\n${wrap(plain(block))}`))
    .join("\n")
    .trim();
}

const item = (text: string): string => wrap(`* ${text}`, "  ");

/** Markdown would read "<name>" as an element. */
const plain = (text: string): string => text.replaceAll("<", "&lt;").replaceAll(/\s+/g, " ");
