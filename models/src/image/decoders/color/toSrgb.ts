/** Conversion of 8-bit colors to sRGB, with the same result in every JavaScript engine. */

/** From a device's RGB to linear sRGB. */
export interface ColorConversion {
  /** The light of each value of red, green and blue, from 0 to 1. */
  readonly curves: readonly [Float64Array, Float64Array, Float64Array];
  /** From the device's linear RGB to linear sRGB, by rows. */
  readonly matrix: readonly number[];
}

/** The transfer function of sRGB (IEC 61966-2-1), from a value to light. */
const srgbLight = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

const srgbValue = (light: number): number =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;

/** Samples a transfer function at the 256 values. */
export const sampleCurve = (light: (value: number) => number): Float64Array =>
  Float64Array.from({ length: 256 }, (_, value) => light(value / 255));

/** Fine enough for the steepest part of the curve: 0.05 of an 8-bit value. */
const lightSteps = 65_535;
let encoded: Uint8Array | undefined;

/** The 8-bit sRGB values of light in steps. */
function encodeTable(): Uint8Array {
  encoded ??= Uint8Array.from({ length: lightSteps + 1 }, (_, i) =>
    Math.round(255 * srgbValue(i / lightSteps)),
  );
  return encoded;
}

/** Converts the colors of RGB or RGBA, in place. Colors outside sRGB are clipped. */
export function convertPixels(
  pixels: Uint8Array,
  channels: 3 | 4,
  { curves: [red, green, blue], matrix }: ColorConversion,
): void {
  const table = encodeTable();
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = matrix.map((factor) => factor * lightSteps) as [
    ...(readonly [number, number, number, number, number, number, number, number, number]),
  ];
  const encode = (light: number) =>
    table[light <= 0 ? 0 : light >= lightSteps ? lightSteps : Math.round(light)]!;
  for (let at = 0; at < pixels.length; at += channels) {
    const r = red[pixels[at]!]!;
    const g = green[pixels[at + 1]!]!;
    const b = blue[pixels[at + 2]!]!;
    pixels[at] = encode(rr * r + rg * g + rb * b);
    pixels[at + 1] = encode(gr * r + gg * g + gb * b);
    pixels[at + 2] = encode(br * r + bg * g + bb * b);
  }
}

/** Display P3, for files that name it without a profile (SMPTE EG 432-1 with sRGB's curve). */
export function displayP3(): ColorConversion {
  const curve = sampleCurve(srgbLight);
  return {
    curves: [curve, curve, curve],
    matrix: [
      1.2249401763, -0.2249401763, 0, -0.0420569547, 1.0420569547, 0, -0.0196375546, -0.0786360456,
      1.0982736001,
    ],
  };
}

/** Whether a conversion changes no value by more than one: rounding alone, as for sRGB itself. */
export function isIdentity({ curves, matrix }: ColorConversion): boolean {
  const unit = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return (
    matrix.every((factor, i) => Math.abs(factor - unit[i]!) < 0.002) &&
    curves.every((curve) =>
      curve.every((light, value) => Math.abs(255 * srgbValue(light) - value) < 1),
    )
  );
}
