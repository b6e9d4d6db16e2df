/** Well-known encoders, for `npm run import -- --model NAME`. */
import type { ImportChoices, TextSource } from "@plumage/export/import";

/** A file of a repository. */
export interface HubFile {
  readonly file: string;
  /** Default: what the server reports. */
  readonly bytes?: number;
  /** Default: what the server reports. */
  readonly sha256?: string;
}

/** The text encoder that belongs to an image encoder, in the same repository. */
export interface KnownText {
  readonly onnx: HubFile;
  readonly tokenizer: HubFile;
  /** What neither graph nor tokenizer say. */
  readonly choices: Omit<TextSource, "path" | "tokenizer">;
}

export interface KnownEncoder extends HubFile {
  /** On Hugging Face; an export of the authors' weights. */
  readonly repository: string;
  /** A commit of the repository: its files never change. */
  readonly revision: string;
  /** Of the weights, with the place where their authors say so. */
  readonly license: { readonly name: string; readonly source: string };
  /** Top-1 accuracy on ImageNet-1k in percent. */
  readonly published: {
    readonly how: "k-NN" | "zero-shot" | "supervised";
    readonly top1: number;
    readonly source: string;
  };
  /** What the graph does not say. */
  readonly choices: ImportChoices;
  /** Only of pairs of images and texts. */
  readonly text?: KnownText;
}

const dinov2Readme = "https://github.com/facebookresearch/dinov2/blob/main/README.md";
const dinov2 = {
  file: "onnx/model.onnx",
  license: {
    name: "Apache-2.0",
    source: "https://github.com/facebookresearch/dinov2/blob/main/LICENSE",
  },
  choices: { preset: "dinov2", layout: "nchw", output: "last_hidden_state" },
} as const;

const openClipResults =
  "https://github.com/mlfoundations/open_clip/blob/main/docs/openclip_results.csv";

const timmResults =
  "https://github.com/huggingface/pytorch-image-models/blob/main/results/results-imagenet.csv";
/** Its file is a classifier. The crops are those of timm's test transform. */
const mobilenetv4 = (shorterSide: number) =>
  ({
    file: "onnx/model.onnx",
    choices: {
      preset: "imagenet",
      layout: "nchw",
      output: "penultimate",
      filter: "bicubic",
      shorterSide,
    },
  }) as const;

/**
 * Lengths and digests are those that several public projects pin for the same file, and
 * Hugging Face's digest is that of the whole file; without one here, the server's is taken.
 */
export const knownEncoders = {
  "dinov2-small": {
    ...dinov2,
    repository: "onnx-community/dinov2-small",
    revision: "8b1f705a3a7f6f062f6bdd21986c1583d3ef105d",
    bytes: 88_532_934,
    sha256: "f22797eabf810a75e41de68d378541ebea372122b25c4ce3ef25ff618250c20a",
    published: { how: "k-NN", top1: 79.0, source: dinov2Readme },
  },
  "dinov2-base": {
    ...dinov2,
    repository: "onnx-community/dinov2-base",
    revision: "31ef06cac16d5d301c5930d147002a058c85a5e4",
    bytes: 346_627_111,
    sha256: "320d1012a6fc65b101fc85ca30ee7a47b2e4f6a2e8bd78fb9d7036def0e30cb0",
    published: { how: "k-NN", top1: 82.1, source: dinov2Readme },
  },
  "dinov2-registers-small": {
    ...dinov2,
    repository: "onnx-community/dinov2-with-registers-small",
    revision: "ec7abea1a8757ec4f9f7b26399d31234ffaa6e6a",
    sha256: "815e440d222e60294bb5b165491c4760e7f08dc7ecd2488a5450e93d50887efe",
    published: { how: "k-NN", top1: 79.1, source: dinov2Readme },
  },
  "clip-vit-base-patch32": {
    repository: "Xenova/clip-vit-base-patch32",
    revision: "d15189d7028b43f1d3e65039190477f6af591c2a",
    file: "onnx/vision_model.onnx",
    bytes: 351_685_709,
    sha256: "fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40",
    license: { name: "MIT", source: "https://github.com/openai/CLIP/blob/main/LICENSE" },
    published: { how: "zero-shot", top1: 63.3, source: openClipResults },
    choices: { preset: "clip", layout: "nchw", output: "image_embeds" },
    text: {
      onnx: {
        file: "onnx/text_model.onnx",
        bytes: 254_058_553,
        sha256: "3f6571f5bad13a97c469c1622e1cfc4d9aef78b79fdbfcff804ca357bfada8cc",
      },
      tokenizer: {
        file: "tokenizer.json",
        bytes: 2_224_119,
        sha256: "f7f3b7af117d467b58374797691a6438d3e6b9e9cef800dfd5dced7f697a90cd",
      },
      choices: { textOutput: "text_embeds" },
    },
  },
  "siglip-base-patch16": {
    repository: "Xenova/siglip-base-patch16-224",
    revision: "4649052661e53c7000355844105f8a1792088239",
    file: "onnx/vision_model.onnx",
    bytes: 371_819_850,
    sha256: "f89d41bac7f4d4b87e010a467d93f98689d708916ed22f5a07f96fdfa26f475f",
    license: {
      name: "Apache-2.0",
      source: "https://huggingface.co/google/siglip-base-patch16-224",
    },
    published: { how: "zero-shot", top1: 76.0, source: openClipResults },
    choices: { preset: "siglip", layout: "nchw", output: "pooler_output" },
    text: {
      onnx: {
        file: "onnx/text_model.onnx",
        bytes: 441_332_132,
        sha256: "3aa7fdbd20eaa8740cce17bf82913de641fcb632a768fed59f661cdcd0c32553",
      },
      tokenizer: {
        file: "tokenizer.json",
        bytes: 2_398_744,
        sha256: "4a17c975210be5ab4c36b47d8dae4eefb866dbfb1e676e394aad85dc30a3ae08",
      },
      // SiglipTokenizer of transformers.
      choices: { textOutput: "pooler_output", textPad: "</s>" },
    },
  },
  "siglip2-base-patch16": {
    repository: "onnx-community/siglip2-base-patch16-224-ONNX",
    revision: "ba1f3b0843f24bc5417d38e19c37b287d719b2f4",
    file: "onnx/vision_model.onnx",
    bytes: 371_807_752,
    sha256: "c0573e3f4140c3a7c4e9cc5912bd6b26a033b46a6a8e8af26cbea262b163bcad",
    license: {
      name: "Apache-2.0",
      source: "https://huggingface.co/google/siglip2-base-patch16-224",
    },
    published: {
      how: "zero-shot",
      top1: 78.2,
      source:
        "https://github.com/google-research/big_vision/blob/main/big_vision/configs/proj/" +
        "image_text/README_siglip2.md",
    },
    // Its preprocessor_config.json resizes with bilinear, SigLIP's with bicubic.
    choices: { preset: "siglip", layout: "nchw", output: "pooler_output", filter: "bilinear" },
    text: {
      onnx: {
        file: "onnx/text_model.onnx",
        bytes: 1_129_469_657,
        sha256: "baf12d941beabafafb14f7b4adb38dc15be18681b964a84410ec53d9d65e6293",
      },
      tokenizer: {
        file: "tokenizer.json",
        bytes: 34_363_039,
        sha256: "cb9140fae3ac5122c972d37adf83e1248471a38147ad76f8215c8872c6fd8322",
      },
      choices: { textOutput: "pooler_output", textPad: "<pad>" },
    },
  },
  "mobilenetv4-small": {
    ...mobilenetv4(256),
    repository: "onnx-community/mobilenetv4_conv_small.e2400_r224_in1k",
    revision: "3ba07f12712fa58fd6b3d661f9909c9e332c5005",
    license: {
      name: "Apache-2.0",
      source: "https://huggingface.co/timm/mobilenetv4_conv_small.e2400_r224_in1k",
    },
    published: { how: "supervised", top1: 73.8, source: timmResults },
  },
  "mobilenetv4-medium": {
    ...mobilenetv4(235),
    repository: "onnx-community/mobilenetv4_conv_medium.e500_r224_in1k",
    revision: "dc8d9ef543f3c84172e9ec8c4ce50c7edab85224",
    license: {
      name: "Apache-2.0",
      source: "https://huggingface.co/timm/mobilenetv4_conv_medium.e500_r224_in1k",
    },
    published: { how: "supervised", top1: 79.1, source: timmResults },
  },
} as const satisfies Record<string, KnownEncoder>;
export type KnownEncoderName = keyof typeof knownEncoders;
export const knownEncoderNames = Object.keys(knownEncoders) as [
  KnownEncoderName,
  ...KnownEncoderName[],
];

/** "88.5 MB". */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Size of the text encoder and its tokenizer; "" without one. */
export const wordsSize = ({ text }: KnownEncoder): string =>
  text ? megabytes((text.onnx.bytes ?? 0) + (text.tokenizer.bytes ?? 0)) : "";

/** The table for --list-models. */
export function listEncoders(): string {
  const rows: string[][] = [
    ["model", "download", "for words", "license", "ImageNet-1k top-1", "export"],
    ...Object.entries<KnownEncoder>(knownEncoders).map(([name, encoder]) => [
      name,
      encoder.bytes === undefined ? "" : megabytes(encoder.bytes),
      wordsSize(encoder),
      encoder.license.name,
      `${encoder.published.top1.toFixed(1)} ${encoder.published.how}`,
      `https://huggingface.co/${encoder.repository}`,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
