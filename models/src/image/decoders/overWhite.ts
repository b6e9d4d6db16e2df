/** Transparency, as every decoder shows it. */

/**
 * Composites RGBA over white, in place: c a / 255 + 255 - a.
 *
 * @param bias added before the division: 127 rounds, 0 truncates
 */
export function overWhite(rgba: Uint8Array, bias: number): Uint8Array {
  const rgb = rgba.subarray(0, (rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    // Pixels shrink, so none is overwritten before it is read.
    const alpha = rgba[from + 3]!;
    for (let i = 0; i < 3; i++)
      rgb[to + i] = Math.trunc((rgba[from + i]! * alpha + bias) / 255) + 255 - alpha;
  }
  return rgb;
}

/** Divides the colors of RGBA by alpha, in place: from premultiplied to straight. */
export function unpremultiply(rgba: Uint8Array): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3]!;
    if (alpha === 0 || alpha === 255) continue;
    for (let i = 0; i < 3; i++)
      rgba[at + i] = Math.min(255, Math.round((rgba[at + i]! * 255) / alpha));
  }
}
