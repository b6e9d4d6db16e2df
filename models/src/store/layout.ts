/**
 * The names of all files in a model's folder, models/store/<name>/. Spellings that older versions
 * have written ("optimiser", "neighbours", "catalogue") stay.
 */
import type { VariantName } from "./variant.ts";

/** Files of the model's folder itself. */
export const storeFiles = {
  /** The data set: one item per line. */
  items: "items.jsonl",
  /** The frozen encoder that a head was trained on: images to features. */
  encoder: "encoder.onnx",
  /** The parameters of a training run; the optimizer holds Adam's moments. */
  checkpoint: "checkpoint.safetensors",
  optimizer: "optimiser.safetensors",
  /** The optimizer of a checkpoint that is being replaced. */
  nextOptimizer: "optimiser.next.safetensors",
  /** The parameters of the best evaluation. */
  bestCheckpoint: "best.safetensors",
  /** One line per iteration or evaluation. */
  trainLog: "train.jsonl",
  /** The same for TensorBoard, which reads every file whose name contains "tfevents". */
  events: "events.out.tfevents.0.plumage",
  report: "report.json",
  reportPage: "report.html",
  neighbors: "neighbours.png",
  manifest: "model.json",
  /** Folders; see indexFiles and galleryFiles. */
  index: "index",
  gallery: "gallery",
} as const;

/** The model files that export writes. */
export const modelFiles: Readonly<Record<VariantName, string>> = {
  fp32: "embedder.onnx",
  fp16: "embedder.fp16.onnx",
  int8: "embedder.int8.onnx",
};

/** The files of a text encoder, which import writes. */
export const textFiles = {
  fp32: "text.onnx",
  fp16: "text.fp16.onnx",
  tokenizer: "tokenizer.json",
} as const;

/** Files of index/, the embedded collection. */
export const indexFiles = {
  /** SQLite: items and their embeddings. */
  catalog: "catalogue.db",
  /** usearch, and what it was built from. */
  vectors: "index.usearch",
  nodes: "index.nodes",
  sidecar: "index.json",
  /** SQLite's lock of the process that uses the index, and who that is. */
  lock: "lock.db",
  owner: "owner.json",
  /** The socket through which other processes change the index. */
  socket: "owner.sock",
  /** A folder: images that were added by the API. */
  uploads: "uploads",
} as const;

/** Files of gallery/, the pack that the page searches. */
export const galleryFiles = {
  manifest: "gallery.json",
  embeddings: "embeddings.f16.bin",
  thumbnails: "thumbnails.bin",
} as const;

/** The model that commands use unless --name says otherwise. */
export const defaultModel = "emoji";

/** A hint that names the command to run for a model. */
export const runHint = (command: "train" | "export" | "index" | "gallery", name: string): string =>
  `run: npm run ${command}${name === defaultModel ? "" : ` -- --name ${name}`}`;
