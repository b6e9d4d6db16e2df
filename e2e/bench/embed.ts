/** `npm run bench -- embed`: embeddings per second of each variant, compared with PyTorch. */
import { join } from "node:path";
import {
  type Architecture,
  type Manifest,
  PlumageError,
  resnet50Cgd,
  type VariantName,
} from "@plumage/models";
import { progress, runCommand } from "@plumage/models/cli";
import { modelNameOption, readManifest, storeFolder } from "@plumage/models/node";
import { median } from "../support/median.ts";
import { typescript } from "../support/processes.ts";
import { table } from "../support/table.ts";
import { fileBeside, measured } from "./measured.ts";
import { count, json, python, rounds, threads } from "./options.ts";

/** A single query, and a full micro-batch of the server or the indexer. */
const batches = [1, 16] as const;

const command = {
  usage: "npm run bench -- embed",
  summary:
    "Times the variants of an exported ResNet50-CGD on the CPU with onnxruntime-node, in\n" +
    "turn with the same network in PyTorch (eager, fp32, no gradients). Prints images/s\n" +
    "from the median run.",
  options: {
    name: modelNameOption,
    python: python("torch"),
    rounds,
    runs: { description: "timed runs in each round", value: "N", schema: count.default(15) },
    threads,
    json,
  },
};

interface Row {
  readonly variant: VariantName;
  readonly batch: number;
  readonly pixels: number;
  /** Images per second. */
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
}

/** @throws PlumageError "mismatch" if the model's network differs from the peer's */
function assertSameNetwork(name: string, architecture: Manifest["architecture"]): void {
  const shape = ({ width, blocks, descriptors, dimension, lastStride }: Architecture) =>
    JSON.stringify([width, blocks, [...descriptors].sort(), dimension, lastStride]);
  if (
    architecture.name === "resnet-cgd" &&
    shape(architecture) === shape(resnet50Cgd(architecture.classes, architecture.imageSize))
  )
    return;
  const message = `${name} is not the ResNet50-CGD that the peer runs`;
  throw new PlumageError("mismatch", message, "choose another --name");
}

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const { files, architecture, preprocessing } = await readManifest(folder);
  assertSameNetwork(options.name, architecture);
  const pixels = preprocessing.imageSize;
  const bar = progress("measuring", batches.length * options.rounds, "rounds");
  const rows: Row[] = [];
  let version: string | undefined;
  for (const batch of batches) {
    const args = [batch, pixels, options.threads, options.runs].map(String);
    const ourSeconds = files.map((): number[] => []);
    const peerSeconds: number[] = [];
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, { file }] of files.entries()) {
        const program = typescript(fileBeside("ourEmbed.ts"), join(folder, file), ...args);
        ourSeconds[i]!.push(...(await measured(process.execPath, program, signal)).seconds);
      }
      const peer = await measured(options.python, [fileBeside("torch_embed.py"), ...args], signal);
      peerSeconds.push(...peer.seconds);
      version = peer.version;
      bar.advance(1, `batch ${batch}, ${pixels} px`);
    }
    const peer = batch / median(peerSeconds);
    for (const [i, { variant }] of files.entries()) {
      const ours = batch / median(ourSeconds[i]!);
      rows.push({ variant, batch, pixels, ours, peer, ratio: ours / peer });
    }
  }
  bar.finish();
  if (options.json)
    return print(JSON.stringify({ rows, peer: `torch ${version}`, threads: options.threads }));
  print(`images/s on ${options.threads} threads; peer: torch ${version}, fp32`);
  const lines = rows.map(({ variant, batch, pixels, ours, peer, ratio }) => [
    variant,
    String(batch),
    String(pixels),
    ours.toFixed(1),
    peer.toFixed(1),
    ratio.toFixed(2),
  ]);
  const heading = ["variant", "batch", "pixels", "ours", "peer", "ratio"];
  for (const line of table(heading, lines)) print(line);
});
