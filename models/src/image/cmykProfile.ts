/**
 * Color profiles of CMYK JPEGs, which decoders read so differently that the two search paths would
 * not agree.
 */

const segment = { startOfScan: 0xda, iccProfile: 0xe2 } as const;
const iccName = "ICC_PROFILE\0";

/** Start-of-frame markers: all of 0xc0 to 0xcf that are not tables (ITU-T T.81, table B.1). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * A JPEG of four inks without its profile; any other file as it is. Browsers turn inks without a
 * profile into colors by one simple formula, (1 - ink)(1 - black), which is easily had elsewhere
 * too; by a profile each color engine gives colors of its own.
 */
export function withoutInkProfile(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return bytes;
  const profiles: { from: number; to: number }[] = [];
  let components = 0;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === segment.startOfScan) break;
    const to = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (isFrame(marker)) components = bytes[at + 9]!;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 4 + iccName.length));
    if (marker === segment.iccProfile && name === iccName) profiles.push({ from: at, to });
    at = to;
  }
  if (components !== 4 || profiles.length === 0) return bytes;
  const kept = [...profiles, { from: bytes.length, to: bytes.length }].map(({ from }, i) =>
    bytes.subarray(i === 0 ? 0 : profiles[i - 1]!.to, from),
  );
  const result = new Uint8Array(kept.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of kept) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
