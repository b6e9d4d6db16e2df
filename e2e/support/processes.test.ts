import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, start, stop, typescript } from "./processes.ts";

let folder: string;
const script = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-children-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a program gets its folder, its words and its variables", async () => {
  const file = await script(
    "say.ts",
    `import { writeFileSync } from "node:fs";
    const word: string = process.argv[2];
    writeFileSync("said", [word, process.env.SAID].join())`,
  );
  const words = typescript(file, "word");
  await run("say", { words, folder, environment: { SAID: "aloud" } }, new AbortController().signal);
  expect(await readFile(join(folder, "said"), "utf8")).toBe("word,aloud");
});

test("a failure names the step and its exit code", async () => {
  const words = typescript(await script("fail.ts", "process.exit(66)"));
  await expect(run("export", { words }, new AbortController().signal)).rejects.toThrow(
    "export failed with exit code 66",
  );
});

test("aborting ends a child and its own children", async () => {
  const inner = await script(
    "inner.ts",
    "setInterval(() => {}, 1000); process.stdout.write('ready')",
  );
  const outer = await script(
    "outer.ts",
    `import { spawn } from "node:child_process";
    const words = ${JSON.stringify(typescript(inner))};
    spawn(process.execPath, words, { stdio: "inherit" });
    setInterval(() => {}, 1000);`,
  );
  const controller = new AbortController();
  const child = start({ words: typescript(outer) }, controller.signal, "pipe");
  const [data] = (await once(child.stdout!, "data")) as [Buffer];
  expect(data.toString()).toBe("ready");
  controller.abort();
  // "close" waits for the pipe, and that is open for as long as the inner one lives.
  await once(child, "close");
  expect(child.signalCode).toBe("SIGTERM");
});

test("a program that is stopped is no failure of its own: the signal's reason is passed on", async () => {
  const words = typescript(await script("wait.ts", "setInterval(() => {}, 1000)"));
  const controller = new AbortController();
  const running = run("train", { words }, controller.signal);
  controller.abort(new Error("stopped by hand"));
  await expect(running).rejects.toThrow("stopped by hand");
});

test("stopping one that has ended is no wait", async () => {
  const child = start(
    { words: [await script("end.js", "")] },
    new AbortController().signal,
    "ignore",
  );
  await once(child, "close");
  await stop(child);
  expect(child.exitCode).toBe(0);
});
