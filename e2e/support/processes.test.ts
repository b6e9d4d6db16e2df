import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { capture, run, start, stop, typescript } from "./processes.ts";

let folder: string;
const script = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};
const never = () => new AbortController().signal;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-processes-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("passes folder, arguments and environment, and captures the output", async () => {
  const file = await script(
    "print.ts",
    `const argument: string = process.argv[2];
    console.log([process.cwd(), argument, process.env.GREETING].join());
    console.error("a warning");`,
  );
  const program = { args: typescript(file, "one"), cwd: folder, env: { GREETING: "hello" } };
  expect(await capture(program)).toMatchObject({
    stdout: expect.stringMatching(/plumage-processes-[^,]+,one,hello\n$/),
    stderr: "a warning\n",
    exitCode: 0,
  });
});

test("names the step and the exit code of a program that fails", async () => {
  const args = [await script("fail.js", "process.exit(66)")];
  await expect(run("export", { args }, never())).rejects.toThrow("export failed with exit code 66");
});

test("aborting stops a child and its own children", async () => {
  const inner = await script(
    "inner.cjs",
    "setInterval(() => {}, 1000); process.stdout.write('up')",
  );
  const outer = await script(
    "outer.cjs",
    `require("node:child_process").spawn(process.execPath, [${JSON.stringify(inner)}], {
      stdio: "inherit",
    });
    setInterval(() => {}, 1000);`,
  );
  const controller = new AbortController();
  const child = start({ args: [outer] }, controller.signal, "pipe");
  const [data] = (await once(child.stdout!, "data")) as [Buffer];
  expect(data.toString()).toBe("up");
  controller.abort();
  // The pipe stays open, and the child unsettled, for as long as the inner process lives.
  expect((await child).signal).toBe("SIGTERM");
});

test("rejects with the signal's reason when it is aborted", async () => {
  const args = [await script("wait.js", "setInterval(() => {}, 1000)")];
  const controller = new AbortController();
  const running = run("train", { args }, controller.signal);
  controller.abort(new Error("stopped by a person"));
  await expect(running).rejects.toThrow("stopped by a person");
});

test("stopping a child that has ended does nothing", async () => {
  const child = start({ args: [await script("end.js", "")] }, never(), "ignore");
  await child;
  await stop(child);
  expect(child.exitCode).toBe(0);
});
