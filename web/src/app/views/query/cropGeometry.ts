/** The geometry of a crop box that is dragged or moved with the arrow keys. Pure. */
import type { Box } from "@plumage/models";

export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The shortest side of a box in pixels of the image; smaller ones are drawn by accident. */
export const minSide = 8;

const clamp = (value: number, min: number, max: number) =>
  Math.min(Math.max(value, min), Math.max(min, max));

export const wholeImage = ({ width, height }: Size): Box => ({ x: 0, y: 0, width, height });

export const isWholeImage = (box: Box, { width, height }: Size): boolean =>
  box.width >= width && box.height >= height;

/** The box between two corners, in whole pixels and inside the image. */
export function boxBetween(a: Point, b: Point, size: Size): Box {
  const span = (from: number, to: number, length: number) => {
    const min = Math.min(minSide, length);
    const low = clamp(Math.round(Math.min(from, to)), 0, length - min);
    return [low, clamp(Math.round(Math.max(from, to)), low + min, length) - low] as const;
  };
  const [x, width] = span(a.x, b.x, size.width);
  const [y, height] = span(a.y, b.y, size.height);
  return { x, y, width, height };
}

/** Moves a box within the image. */
export const moveBox = (box: Box, by: Point, size: Size): Box => ({
  ...box,
  x: clamp(Math.round(box.x + by.x), 0, size.width - box.width),
  y: clamp(Math.round(box.y + by.y), 0, size.height - box.height),
});

/** Moves the lower right corner of a box. */
export const resizeBox = (box: Box, by: Point, size: Size): Box =>
  boxBetween(
    box,
    {
      x: Math.max(box.x + minSide, box.x + box.width + by.x),
      y: Math.max(box.y + minSide, box.y + box.height + by.y),
    },
    size,
  );

/** The corner opposite the one nearest to a point; it stays while that one is dragged. */
export const oppositeCorner = (box: Box, { x, y }: Point): Point => ({
  x: x < box.x + box.width / 2 ? box.x + box.width : box.x,
  y: y < box.y + box.height / 2 ? box.y + box.height : box.y,
});
