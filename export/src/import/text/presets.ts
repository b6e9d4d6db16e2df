/** What well-known families of pairs expect of their text encoder's input. */
import type { TextPooling } from "@plumage/models";
import type { PresetName } from "../presets.ts";

export interface TextPreset {
  /** Tokens that it reads, if neither graph nor tokenizer say so. */
  readonly length: number;
  /** The pooling of token states. */
  readonly states: TextPooling;
  /** Whether it was trained with lowercase texts; its tokenizer may not make them so. */
  readonly lowercase: boolean;
  /** Whether it was trained to see padding, without a mask. */
  readonly seesPadding: boolean;
}

export const textPresets: Readonly<Partial<Record<PresetName, TextPreset>>> = {
  /** CLIPTextTransformer of transformers: the state at the end token; padding cannot be seen. */
  clip: { length: 77, states: "end", lowercase: false, seesPadding: false },
  /** SiglipTextTransformer of transformers: the state at the last position, padding included. */
  siglip: { length: 64, states: "last", lowercase: true, seesPadding: true },
};
