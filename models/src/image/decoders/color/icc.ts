/**
 * Reads ICC profiles (ICC.1:2022) that consist of curves and a matrix, as those of cameras, screens
 * and color spaces do: sRGB, Display P3, Adobe RGB, ProPhoto, gamma 2.2 gray.
 */
import { type ColorConversion, isIdentity, sampleCurve } from "./toSrgb.ts";

const headerBytes = 128;
const tagEntryBytes = 12;

/** XYZ relative to D50 to linear sRGB (Lindbloom, adapted by Bradford's method). */
const srgbFromXyz = [
  3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.033454, 0.0719453, -0.2289914,
  1.4052427,
];

/**
 * The conversion of a profile's colors to sRGB.
 *
 * @returns undefined if there is nothing to convert: for sRGB itself, a damaged profile, and kinds
 *   that only a complete color engine applies (tables, as printers and some scanners have)
 */
export function iccConversion(profile: Uint8Array): ColorConversion | undefined {
  try {
    const conversion = readConversion(new Profile(profile));
    return conversion && !isIdentity(conversion) ? conversion : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readConversion(profile: Profile): ColorConversion | undefined {
  if (profile.connectionSpace !== "XYZ ") return undefined;
  if (profile.colorSpace === "GRAY") {
    const gray = profile.curve("kTRC");
    return gray && { curves: [gray, gray, gray], matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  }
  if (profile.colorSpace !== "RGB ") return undefined;
  const [red, green, blue] = ["rTRC", "gTRC", "bTRC"].map((name) => profile.curve(name));
  const columns = ["rXYZ", "gXYZ", "bXYZ"].map((name) => profile.xyz(name));
  if (!red || !green || !blue || columns.includes(undefined)) return undefined;
  const matrix = Array.from({ length: 9 }, (_, i) => {
    const row = Math.floor(i / 3) * 3;
    const [x, y, z] = columns[i % 3]!;
    return srgbFromXyz[row]! * x + srgbFromXyz[row + 1]! * y + srgbFromXyz[row + 2]! * z;
  });
  return { curves: [red, green, blue], matrix };
}

/** Reading beyond the end is a RangeError of DataView. */
class Profile {
  readonly #view: DataView;
  readonly #tags = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = Math.min(this.#view.getUint32(headerBytes), bytes.length / tagEntryBytes);
    for (let i = 0; i < count; i++) {
      const entry = headerBytes + 4 + i * tagEntryBytes;
      this.#tags.set(this.#text(entry), this.#view.getUint32(entry + 4));
    }
  }

  get colorSpace(): string {
    return this.#text(16);
  }

  get connectionSpace(): string {
    return this.#text(20);
  }

  xyz(name: string): [number, number, number] | undefined {
    const at = this.#tags.get(name);
    if (at === undefined || this.#text(at) !== "XYZ ") return undefined;
    return [this.#fixed(at + 8), this.#fixed(at + 12), this.#fixed(at + 16)];
  }

  /** A tone curve, from values to light. */
  curve(name: string): Float64Array | undefined {
    const at = this.#tags.get(name);
    if (at === undefined) return undefined;
    const type = this.#text(at);
    if (type === "curv") return this.#sampled(at);
    return type === "para" ? this.#parametric(at) : undefined;
  }

  /** "curv" (10.6): the identity, a gamma, or a table to interpolate. */
  #sampled(at: number): Float64Array {
    const count = this.#view.getUint32(at + 8);
    if (count === 0) return sampleCurve((value) => value);
    const entry = (i: number) => this.#view.getUint16(at + 12 + 2 * i);
    if (count === 1) return sampleCurve((value) => value ** (entry(0) / 256));
    return sampleCurve((value) => {
      const place = value * (count - 1);
      const below = Math.min(Math.floor(place), count - 2);
      const part = place - below;
      return (entry(below) * (1 - part) + entry(below + 1) * part) / 65_535;
    });
  }

  /** "para" (10.18): a power function, with a linear part or offsets. */
  #parametric(at: number): Float64Array | undefined {
    const kind = this.#view.getUint16(at + 8);
    const count = [1, 3, 4, 5, 7][kind];
    if (count === undefined) return undefined;
    const read = Array.from({ length: count }, (_, i) => this.#fixed(at + 12 + 4 * i));
    const [g, a = 1, b = 0] = read as [number, number?, number?];
    const power = (value: number) => Math.max(0, a * value + b) ** g;
    const [, , , fourth = 0, fifth = 0, sixth = 0, seventh = 0] = read;
    if (kind === 0) return sampleCurve(power);
    if (kind === 1) return sampleCurve((value) => (a * value + b >= 0 ? power(value) : 0));
    if (kind === 2)
      return sampleCurve((value) => (a * value + b >= 0 ? power(value) + fourth : fourth));
    return sampleCurve((value) =>
      value >= fifth ? power(value) + sixth : fourth * value + seventh,
    );
  }

  #fixed(at: number): number {
    return this.#view.getInt32(at) / 65_536;
  }

  #text(at: number): string {
    return String.fromCharCode(...[0, 1, 2, 3].map((i) => this.#view.getUint8(at + i)));
  }
}
