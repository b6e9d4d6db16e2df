/** Tells photographs, which fill their tile, from drawings on white, which need a margin. */

/** Side of the copy that is looked at, in pixels. */
const side = 32;
/** Compression leaves a white background a little gray. */
const nearWhite = 236;
/** A photograph with a white sky has two white corners, and half of its border is white. */
const maxWhiteCorners = 2;
const maxWhiteShare = 0.6;

/**
 * Whether an image fills its frame. The border of a drawing is mostly white or transparent, and so
 * are the corners of a drawing that is rounded.
 *
 * @param rgba [side, side, 4]
 */
export function isPhoto(rgba: ArrayLike<number>, side: number): boolean {
  const isBlank = (x: number, y: number): boolean => {
    const at = 4 * (y * side + x);
    const isWhite = [0, 1, 2].every((channel) => rgba[at + channel]! >= nearWhite);
    return isWhite || rgba[at + 3]! < 128;
  };
  const last = side - 1;
  const along = Array.from({ length: last }, (_, i) => i);
  const border = along.flatMap((i) => [
    isBlank(i, 0),
    isBlank(last, i),
    isBlank(last - i, last),
    isBlank(0, last - i),
  ]);
  const corners = border.slice(0, 4);
  const count = (pixels: readonly boolean[]) => pixels.filter(Boolean).length;
  return count(corners) <= maxWhiteCorners && count(border) <= maxWhiteShare * border.length;
}

let context: OffscreenCanvasRenderingContext2D | null | undefined;

/** Gives an image's parent the class "photo" or not, whenever it has loaded. */
export function markPhoto(image: HTMLImageElement): void {
  image.onload = () => {
    context ??= new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.clearRect(0, 0, side, side);
    context.drawImage(image, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    image.parentElement?.classList.toggle("photo", isPhoto(data, side));
  };
}
