/**
 * `npm run bench -- embed`: embeddings per second of each exported variant and of PyTorch's
 * network, measured in turn.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Architecture, PlumageError, resnet50Cgd, type VariantName } from "@plumage/models";
import { progress, runCommand } from "@plumage/models/cli";
import { readManifest, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { median } from "../support/median.ts";
import { typescript } from "../support/processes.ts";
import { fileBeside, measured } from "./measured.ts";

const count = z.coerce.number().int("use a whole number").positive("use a number above 0");
/** One image of one person, and what a server or an indexer gathers. */
const batches = [1, 16] as const;

const command = {
  usage: "npm run bench -- embed",
  summary:
    "Times the variants of an exported ResNet50-CGD on the processor through onnxruntime-node, and the same network in\n" +
    "PyTorch (eager, fp32, no gradients), in turn, and prints images/s by the medians of all runs.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
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
    runs: {
      description: "runs that are timed in each round",
      value: "N",
      schema: count.default(15),
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

interface Row {
  readonly variant: VariantName;
  readonly batch: number;
  readonly pixels: number;
  /** Images a second. */
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

/** @throws PlumageError "mismatch" if the model is another network than the peer's */
function assertSameNetwork(name: string, architecture: Architecture): void {
  const parts = ({ width, blocks, descriptors, dimension, lastStride }: Architecture) =>
    JSON.stringify([width, blocks, [...descriptors].sort(), dimension, lastStride]);
  if (parts(architecture) === parts(resnet50Cgd(architecture.classes, architecture.imageSize)))
    return;
  throw new PlumageError(
    "mismatch",
    `${name} is no ResNet50-CGD as PyTorch's side has it`,
    "choose another --name",
  );
}

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const { files, architecture } = await readManifest(folder);
  assertSameNetwork(options.name, architecture);
  const pixels = architecture.imageSize;
  const bar = progress("measuring", batches.length * options.rounds, "rounds");
  const rows: Row[] = [];
  let version: string | undefined;
  for (const batch of batches) {
    const words = [batch, pixels, options.threads, options.runs].map(String);
    const ours = files.map((): number[] => []);
    const peers: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, { file }] of files.entries()) {
        const program = typescript(fileBeside("ourEmbed.ts"), join(folder, file), ...words);
        ours[i]!.push(...(await measured(process.execPath, program, signal)).seconds);
      }
      const peer = await measured(options.python, [fileBeside("torch_embed.py"), ...words], signal);
      peers.push(...peer.seconds);
      version = peer.version;
      bar.advance(1, `batch ${batch}, ${pixels} px`);
    }
    const peer = batch / median(peers);
    for (const [i, { variant }] of files.entries()) {
      const rate = batch / median(ours[i]!);
      rows.push({ variant, batch, pixels, ours: rate, peer, ratio: rate / peer });
    }
  }
  bar.finish();
  if (options.json)
    return print(JSON.stringify({ rows, peer: `torch ${version}`, threads: options.threads }));
  print(`images/s, ${options.threads} threads, beside torch ${version} (fp32)`);
  print("variant  batch  pixels    ours    peer  ratio");
  for (const { variant, batch, pixels, ours, peer, ratio } of rows) {
    const cells = [
      variant.padEnd(7),
      String(batch).padStart(6),
      String(pixels).padStart(7),
      ours.toFixed(1).padStart(7),
    ];
    print([...cells, peer.toFixed(1).padStart(7), ratio.toFixed(2).padStart(6)].join(" "));
  }
});
