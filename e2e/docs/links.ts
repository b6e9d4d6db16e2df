/** Finds relative links in Markdown files that lead nowhere. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { repositoryRoot } from "@plumage/models/node";

/** Every broken link, as "file:line: what is wrong". */
export async function brokenLinks(): Promise<string[]> {
  const root = repositoryRoot();
  const args = ["ls-files", "-co", "--exclude-standard", "--", "*.md"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  const files = listed.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
  const texts = new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const),
    ),
  );
  return [...texts].flatMap(([file, text]) =>
    withoutCode(text).flatMap((line, i) =>
      [...line.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/g)]
        .map((match) => linkFault(root, file, match[1] ?? match[2]!, texts))
        .filter((fault) => fault !== undefined)
        .map((fault) => `${file}:${i + 1}: ${fault}`),
    ),
  );
}

/** The lines of a document; those of fenced code are empty. */
function withoutCode(text: string): string[] {
  let inCode = false;
  return text.split("\n").map((line) => {
    const isFence = line.startsWith("```");
    if (isFence) inCode = !inCode;
    return isFence || inCode ? "" : line;
  });
}

function linkFault(
  root: string,
  file: string,
  target: string,
  texts: ReadonlyMap<string, string>,
): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path, anchor] = target.split("#") as [string, string?];
  const absolute = path === "" ? join(root, file) : resolve(root, dirname(file), path);
  if (!existsSync(absolute)) return `${target} does not exist`;
  const text = texts.get(path === "" ? file : absolute.slice(root.length + 1));
  if (anchor && text !== undefined && !anchors(text).has(anchor))
    return `${target}: no heading has this anchor`;
  return undefined;
}

/** The anchors that GitHub gives to a document's headings. */
const anchors = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
