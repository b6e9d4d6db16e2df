/** Imports the text encoder of a CLIP-like pair: read, choose, wrap, check, describe. */
import { basename } from "node:path";
import { type TextModel, textFiles } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import { encodeTextGolden, type TextTokenizer } from "@plumage/models/text";
import type { ImportChoices } from "../options.ts";
import { chosenOutput } from "../output.ts";
import { readEncoder } from "../readEncoder.ts";
import { type StoredText, storedText } from "./files.ts";
import { chooseTextHead, type TextHead } from "./head.ts";
import { textInput } from "./input.ts";
import type { TextSource } from "./options.ts";
import { textPresets } from "./presets.ts";
import { openTextReference } from "./reference.ts";
import { readTokens } from "./tokens.ts";
import { type TextGraph, withOwnTextNames } from "./wrap.ts";

export interface ImportedText {
  /** What model.json says about it. */
  readonly model: TextModel;
  /** Its files in the model's folder. */
  readonly files: readonly { readonly file: string; readonly bytes: Uint8Array }[];
  /** What was imported, for the user. */
  readonly summary: string;
}

/** Short and long, in several scripts: the last is longer than the context of CLIP and SigLIP. */
const goldenTexts = [
  "a photo of a dog",
  "Two red apples on a wooden table.",
  "Vögel am See, 3 Stück",
  "海辺の夕日 🌅",
  `${"the same street in the rain, at night, with wet leaves and a bicycle, ".repeat(8)}again`,
];

/**
 * @param name of the model
 * @param dimension of the image encoder's embeddings
 * @throws PlumageError "bad-input" if an option is missing or contradicts the graph, "bad-file" for
 * unusable files, "unsupported" for a graph that is no text encoder or that onnxruntime cannot run,
 * "mismatch" if it does not belong to the image encoder or its wrapped form disagrees with it
 */
export async function importText(
  name: string,
  source: TextSource,
  dimension: number,
  { preset: presetName, license }: Pick<ImportChoices, "preset" | "license">,
): Promise<ImportedText> {
  const { path, textOutput: chosen } = source;
  const preset = presetName && textPresets[presetName];
  const file = await readEncoder(path);
  const input = textInput(file.model.graph);
  const output = chosenOutput(file, path, { option: "--text-output", chosen });
  const { tokenizer, settings, json } = await readTokens(source, input, preset);
  const { contextLength: length } = settings;
  const seesPadding = preset?.seesPadding ?? false;
  const encoder = withOwnTextNames({ ...file, input, output, length, seesPadding });
  const choose = (shape: readonly number[]) =>
    chooseTextHead(output, shape, dimension, source, preset);
  const { head, goldens } = await headAndGoldens(encoder, tokenizer, choose);
  const stored = await storedText({ name, path, license, encoder, head, goldens, tokenizer });
  const bytes = Buffer.from(json);
  return {
    model: {
      source: { file: basename(path), sha256: sha256(file.bytes) },
      tokenizer: { file: textFiles.tokenizer, bytes: bytes.length, sha256: sha256(bytes) },
      ...settings,
      input: { ids: input.ids, mask: (!seesPadding && input.mask) || null, type: input.type },
      output: { name: output, shape: [...head.shape], pool: head.pool },
      files: stored.map(({ row }) => row),
      goldens,
    },
    files: [
      ...stored.map(({ row, bytes }) => ({ file: row.file, bytes })),
      { file: textFiles.tokenizer, bytes },
    ],
    summary: describe(basename(path), output, head, length, stored),
  };
}

async function headAndGoldens(
  encoder: TextGraph,
  tokenizer: TextTokenizer,
  choose: (shape: readonly number[]) => TextHead,
): Promise<{ head: TextHead; goldens: TextModel["goldens"] }> {
  const reference = await openTextReference(encoder, tokenizer.encode("a"));
  try {
    const head = choose(reference.shape);
    const goldens: TextModel["goldens"] = [];
    for (const text of goldenTexts) {
      const tokens = tokenizer.encode(text);
      goldens.push(encodeTextGolden(text, tokens, await reference.embed(tokens, head)));
    }
    return { head, goldens };
  } finally {
    await reference.close();
  }
}

function describe(
  file: string,
  output: string,
  { pool, shape }: TextHead,
  length: number,
  stored: readonly StoredText[],
): string {
  const how = pool === "none" ? "" : `, ${pool} of ${shape.join(" x ")}`;
  const sizes = stored.map(({ row }) => `${row.variant} ${(row.bytes / 1e6).toFixed(1)} MB`);
  return `words: ${length} tokens, "${output}" of ${file}${how}; ${sizes.join(", ")}`;
}
