/** `npm run bench -- train`: images per second of a training step, compared with PyTorch. */
import { progress, runCommand } from "@plumage/models/cli";
import { median } from "../support/median.ts";
import { typescript } from "../support/processes.ts";
import { table } from "../support/table.ts";
import { fileBeside, measured } from "./measured.ts";
import { count, json, python, rounds, threads } from "./options.ts";

const sizes = [
  { batch: 16, pixels: 64 },
  { batch: 16, pixels: 112 },
  { batch: 8, pixels: 224 },
] as const;

const command = {
  usage: "npm run bench -- train",
  summary:
    "Times a training step (forward, objective, backward, Adam) of ResNet50-CGD with frozen\n" +
    "batch norm on the CPU, in turn with PyTorch (eager, fp32). Prints images/s from the\n" +
    "median step.",
  options: {
    python: python("torch"),
    rounds,
    steps: { description: "timed steps in each round", value: "N", schema: count.default(5) },
    threads,
    json,
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const bar = progress("measuring", sizes.length * options.rounds, "rounds");
  const rows = [];
  let version: string | undefined;
  for (const { batch, pixels } of sizes) {
    const args = [batch, pixels, options.threads, options.steps].map(String);
    const ourSeconds: number[] = [];
    const peerSeconds: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const program = typescript(fileBeside("ourStep.ts"), ...args);
      ourSeconds.push(...(await measured(process.execPath, program, signal)).seconds);
      const peer = await measured(options.python, [fileBeside("torch_step.py"), ...args], signal);
      peerSeconds.push(...peer.seconds);
      version = peer.version;
      bar.advance(1, `batch ${batch}, ${pixels} px`);
    }
    const [ours, peer] = [batch / median(ourSeconds), batch / median(peerSeconds)];
    rows.push({ batch, pixels, ours, peer, ratio: ours / peer });
  }
  bar.finish();
  if (options.json)
    return print(JSON.stringify({ rows, peer: `torch ${version}`, threads: options.threads }));
  print(`images/s of a training step on ${options.threads} threads; peer: torch ${version}`);
  const lines = rows.map(({ batch, pixels, ours, peer, ratio }) => [
    String(batch),
    String(pixels),
    ours.toFixed(1),
    peer.toFixed(1),
    ratio.toFixed(2),
  ]);
  for (const line of table(["batch", "pixels", "ours", "peer", "ratio"], lines)) print(line);
});
