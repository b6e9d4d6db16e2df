/** IEEE 754 half floats as little-endian bytes. */

const view = new DataView(new ArrayBuffer(4));

/**
 * Converts float32 values to half floats, rounding to nearest, ties to even. Values beyond 65504
 * become infinite.
 */
export function encodeFloat16(values: Float32Array): Uint8Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i]!);
  return new Uint8Array(halves.buffer);
}

/** Converts half floats (two bytes each) to float32 values. */
export function decodeFloat16(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < values.length; i++)
    values[i] = table()[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
  return values;
}

function toHalf(value: number): number {
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  if (exponent >= 0x1f) return exponent === 0x8f && mantissa ? sign | 0x7e00 : sign | 0x7c00;
  if (exponent <= 0) {
    // Subnormal: the implicit leading one becomes explicit and is shifted right.
    if (exponent < -10) return sign;
    return sign | roundedShift(mantissa | 0x800000, 14 - exponent);
  }
  // A carry out of the mantissa correctly increments the exponent.
  return sign | ((exponent << 10) + roundedShift(mantissa, 13));
}

/** value / 2^shift, rounded to nearest, ties to even. */
function roundedShift(value: number, shift: number): number {
  const whole = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && whole & 1) ? whole + 1 : whole;
}

let halfToFloat: Float32Array | undefined;

/** All 65,536 half floats as float32, built on first use. */
function table(): Float32Array {
  if (halfToFloat) return halfToFloat;
  halfToFloat = new Float32Array(1 << 16);
  for (let half = 0; half < 1 << 16; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = (half & 0x3ff) / 1024;
    if (exponent === 0x1f)
      halfToFloat[half] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else
      halfToFloat[half] =
        sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14);
  }
  return halfToFloat;
}
