/** What well-known families of encoders expect of their input. */
import type { Pooling, ResizeFilter } from "@plumage/models";

/** R, G and B. */
export type PerChannel = readonly [number, number, number];

export const resizeFits = ["squash", "crop", "pad"] as const;
export type ResizeFit = (typeof resizeFits)[number];

export interface Preset {
  /** The input is (x / 255 - mean) / std. */
  readonly mean: PerChannel;
  readonly std: PerChannel;
  /** Width and height in pixels, if the graph leaves them open. */
  readonly size: number;
  /** How images become squares, at any size. */
  readonly resize: {
    readonly fit: ResizeFit;
    readonly filter: ResizeFilter;
    /** The shorter side before a crop, as a multiple of the size. Default: 1. */
    readonly shorterSide?: number;
  };
  /** The pooling of tokens, where the authors use one. */
  readonly tokens?: Pooling;
}

const imagenet: Preset = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  size: 224,
  resize: { fit: "crop", filter: "bilinear", shorterSide: 256 / 224 },
};

export const presets = {
  /** torchvision, timm and most convolutional networks; the resize is torchvision's. */
  imagenet,
  /** preprocessor_config.json of openai/clip-vit-base-patch32. */
  clip: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    size: 224,
    resize: { fit: "crop", filter: "bicubic" },
    tokens: "cls",
  },
  /** preprocessor_config.json of google/siglip-base-patch16-224; also of many ViTs in timm. */
  siglip: {
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    size: 224,
    resize: { fit: "squash", filter: "bicubic" },
  },
  /** preprocessor_config.json of facebook/dinov2-small. */
  dinov2: { ...imagenet, resize: { ...imagenet.resize, filter: "bicubic" }, tokens: "cls" },
} as const satisfies Record<string, Preset>;
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];
