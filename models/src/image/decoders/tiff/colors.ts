/** Turns samples of 8 bits into colors. */
import { type Layout, photometric } from "./layout.ts";

/** Writes the RGB of a pixel, whose samples begin at `from`. */
type ToRgb = (samples: Uint8Array, from: number, rgba: Uint8Array, to: number) => void;

/**
 * Converts samples to RGBA; without alpha, all of it is opaque. CMYK becomes (1 - ink)(1 - black),
 * as in JPEGs.
 *
 * @param colorMap of a palette: 16-bit red, green and blue, each for all indices
 */
export function toRgba(
  samples: Uint8Array,
  layout: Layout,
  colorMap: readonly number[],
): Uint8Array {
  const { width, height, samplesPerPixel, alpha } = layout;
  const convert = converter(layout, colorMap);
  const rgba = new Uint8Array(width * height * 4);
  for (let from = 0, to = 0; to < rgba.length; from += samplesPerPixel, to += 4) {
    convert(samples, from, rgba, to);
    rgba[to + 3] = alpha ? samples[from + alpha.sample]! : 255;
  }
  return rgba;
}

function converter({ photometric: kind, bits }: Layout, colorMap: readonly number[]): ToRgb {
  if (kind === photometric.rgb)
    return (samples, from, rgba, to) => copyRgb(samples, from, rgba, to);
  if (kind === photometric.cmyk) return fromCmyk;
  if (kind === photometric.palette) return fromPalette(bits, colorMap);
  const max = 2 ** Math.min(bits, 8) - 1;
  const isInverted = kind === photometric.whiteIsZero;
  return (samples, from, rgba, to) => {
    const value = isInverted ? max - samples[from]! : samples[from]!;
    rgba.fill((value * 255) / max, to, to + 3);
  };
}

function copyRgb(samples: Uint8Array, from: number, rgba: Uint8Array, to: number): void {
  rgba[to] = samples[from]!;
  rgba[to + 1] = samples[from + 1]!;
  rgba[to + 2] = samples[from + 2]!;
}

function fromCmyk(samples: Uint8Array, from: number, rgba: Uint8Array, to: number): void {
  const light = 255 - samples[from + 3]!;
  for (let i = 0; i < 3; i++) rgba[to + i] = ((255 - samples[from + i]!) * light) / 255;
}

function fromPalette(bits: number, colorMap: readonly number[]): ToRgb {
  const size = 2 ** bits;
  if (colorMap.length < size * 3) throw new Error("its palette is incomplete");
  // Some programs write 8-bit colors.
  const shift = colorMap.every((value) => value < 256) ? 0 : 8;
  return (samples, from, rgba, to) => {
    const index = samples[from]!;
    for (let i = 0; i < 3; i++) rgba[to + i] = colorMap[index + i * size]! >> shift;
  };
}
