/** Finds links and paths in Markdown files that lead nowhere. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { repositoryRoot } from "@plumage/models/node";

/** Every broken link or path of the project's Markdown files, as "file:line: what is wrong". */
export function brokenLinks(): string[] {
  const root = repositoryRoot();
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
  const exists = (path: string) => path !== "" && existsSync(join(root, path));
  const texts = new Map(
    listed.filter(exists).map((path) => [path, readFileSync(join(root, path), "utf8")]),
  );
  return [...texts.keys()].flatMap((path) => brokenLinksOf(path, texts, exists));
}

/**
 * The broken links of one document, and the source files that it names in backticks but that do
 * not exist. Links to other hosts are not followed.
 *
 * @param path of the document, from the root, with slashes
 * @param texts the documents by path
 * @param exists whether a path, from the root, is a file or a folder
 */
export function brokenLinksOf(
  path: string,
  texts: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] {
  const faultOf = (target: string): string | undefined => {
    if (/^[a-z]+:/.test(target)) return undefined;
    const [relative, anchor] = target.split("#") as [string, string?];
    const file = relative === "" ? path : posix.join(posix.dirname(path), relative);
    if (!exists(file)) return `${target} does not exist`;
    const text = texts.get(file);
    return anchor && text !== undefined && !anchors(text).has(anchor)
      ? `${target}: no heading has this anchor`
      : undefined;
  };
  // A package's README names files from the package's folder or from its src.
  const folder = posix.dirname(path);
  const isSource = (named: string) =>
    [named, posix.join(folder, named), posix.join(folder, "src", named)].some(exists);
  return withoutCode(texts.get(path)!).flatMap((line, i) => {
    const links = [...line.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/g)].map(
      ([, inline, reference]) => faultOf(inline ?? reference!),
    );
    const sources = [
      ...line.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|wat|wgsl|py)|[\w/-]+\/src\/[\w/-]+)`/g),
    ]
      .filter(([, named]) => !isSource(named!))
      .map(([, named]) => `${named} does not exist`);
    return [...links, ...sources]
      .filter((fault) => fault !== undefined)
      .map((fault) => `${path}:${i + 1}: ${fault}`);
  });
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
