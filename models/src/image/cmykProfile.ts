/** Color profiles of CMYK JPEGs, which color engines apply too differently to agree. */

const marker = { startOfScan: 0xda, iccProfile: 0xe2 } as const;
const iccName = "ICC_PROFILE\0";

/** Start-of-frame markers: 0xc0 to 0xcf except those of tables (ITU-T T.81, table B.1). */
const isStartOfFrame = (code: number): boolean =>
  code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/**
 * Removes the color profile from a CMYK JPEG; returns any other file unchanged. Without a profile,
 * browsers convert CMYK by one simple formula, (1 - ink)(1 - black), which decodeImage applies too;
 * with a profile, each color engine yields other colors.
 */
export function stripCmykProfile(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return bytes;
  const profiles: { start: number; end: number }[] = [];
  let components = 0;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const code = bytes[at + 1]!;
    // Any number of fill bytes may precede a marker.
    if (code === 0xff) {
      at++;
      continue;
    }
    if (code === marker.startOfScan) break;
    const end = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (isStartOfFrame(code)) components = bytes[at + 9]!;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 4 + iccName.length));
    if (code === marker.iccProfile && name === iccName) profiles.push({ start: at, end });
    at = end;
  }
  const isCmyk = components === 4;
  return isCmyk && profiles.length > 0 ? without(bytes, profiles) : bytes;
}

/** The bytes outside of some ranges, which are in order. */
function without(
  bytes: Uint8Array<ArrayBuffer>,
  ranges: readonly { readonly start: number; readonly end: number }[],
): Uint8Array<ArrayBuffer> {
  const removed = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  const result = new Uint8Array(bytes.length - removed);
  let from = 0;
  let to = 0;
  for (const { start, end } of [...ranges, { start: bytes.length, end: bytes.length }]) {
    result.set(bytes.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  return result;
}
