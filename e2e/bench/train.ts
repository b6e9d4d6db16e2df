/**
 * `npm run bench -- train`: images per second of a whole training step, ours and PyTorch's,
 * measured in turn.
 */
import { availableParallelism } from "node:os";
import { progress, runCommand } from "@plumage/models/cli";
import { z } from "zod";
import { median } from "../support/median.ts";
import { typescript } from "../support/processes.ts";
import { fileBeside, measured } from "./measured.ts";

const count = z.coerce.number().int("use a whole number").positive("use a number above 0");
const sizes = [
  { batch: 16, pixels: 64 },
  { batch: 16, pixels: 112 },
  { batch: 8, pixels: 224 },
] as const;

const command = {
  usage: "npm run bench -- train",
  summary:
    "Times a whole training step (forward, objective, backward, Adam) of ResNet50-CGD with frozen batch norm on the\n" +
    "processor, ours and PyTorch's (eager, fp32) in turn, and prints images/s by the medians of all steps.",
  options: {
    python: {
      description: "Python with torch",
      value: "FILE",
      schema: z.string().min(1).default("python3"),
    },
    rounds: {
      description: "times that each side is started for each size",
      value: "N",
      schema: count.default(3),
    },
    steps: {
      description: "steps that are timed in each round",
      value: "N",
      schema: count.default(5),
    },
    threads: {
      description: "processor threads",
      value: "N",
      schema: count.default(availableParallelism()),
      defaultText: "all",
    },
    json: { description: "print the rows as JSON", schema: z.boolean().default(false) },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const bar = progress("measuring", sizes.length * options.rounds, "rounds");
  const rows = [];
  let version: string | undefined;
  for (const { batch, pixels } of sizes) {
    const words = [batch, pixels, options.threads, options.steps].map(String);
    const [ours, peers]: [number[], number[]] = [[], []];
    for (let round = 0; round < options.rounds; round++) {
      ours.push(
        ...(
          await measured(process.execPath, typescript(fileBeside("ourStep.ts"), ...words), signal)
        ).seconds,
      );
      const peer = await measured(options.python, [fileBeside("torch_step.py"), ...words], signal);
      peers.push(...peer.seconds);
      version = peer.version;
      bar.advance(1, `batch ${batch}, ${pixels} px`);
    }
    const rates = [ours, peers].map((seconds) => batch / median(seconds)) as [number, number];
    rows.push({ batch, pixels, ours: rates[0], peer: rates[1], ratio: rates[0] / rates[1] });
  }
  bar.finish();
  if (options.json)
    return print(JSON.stringify({ rows, peer: `torch ${version}`, threads: options.threads }));
  print(`images/s of a training step, ${options.threads} threads, beside torch ${version}`);
  print("batch  pixels   ours   peer  ratio");
  for (const { batch, pixels, ours, peer, ratio } of rows) {
    const cells = [
      String(batch).padStart(5),
      String(pixels).padStart(7),
      ours.toFixed(1).padStart(6),
    ];
    print([...cells, peer.toFixed(1).padStart(6), ratio.toFixed(2).padStart(6)].join(" "));
  }
});
