/**
 * The geometry of a crop box: what dragging and arrow keys make of it. Pure; cropBox.ts has the
 * pointer and the looks.
 */
import type { Box } from "@plumage/models";

export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Shorter than this, a side is a slip of the hand. In pixels of the image. */
export const leastSide = 8;

const clamp = (value: number, least: number, most: number) =>
  Math.min(Math.max(value, least), Math.max(least, most));

/** All of an image. */
export const wholeOf = ({ width, height }: Size): Box => ({ x: 0, y: 0, width, height });

/** Whether a box leaves nothing of the image out. */
export const isWhole = (box: Box, { width, height }: Size): boolean =>
  box.width >= width && box.height >= height;

/** The box between two corners, in whole pixels and inside the image. */
export function between(a: Point, b: Point, size: Size): Box {
  const span = (from: number, to: number, end: number) => {
    const least = Math.min(leastSide, end);
    const low = clamp(Math.round(Math.min(from, to)), 0, end - least);
    return [low, clamp(Math.round(Math.max(from, to)), low + least, end) - low] as const;
  };
  const [x, width] = span(a.x, b.x, size.width);
  const [y, height] = span(a.y, b.y, size.height);
  return { x, y, width, height };
}

/** The box moved as far as the image goes. */
export const moved = (box: Box, by: Point, size: Size): Box => ({
  ...box,
  x: clamp(Math.round(box.x + by.x), 0, size.width - box.width),
  y: clamp(Math.round(box.y + by.y), 0, size.height - box.height),
});

/** The box with its lower right corner moved. */
export const resized = (box: Box, by: Point, size: Size): Box =>
  between(
    box,
    {
      x: Math.max(box.x + leastSide, box.x + box.width + by.x),
      y: Math.max(box.y + leastSide, box.y + box.height + by.y),
    },
    size,
  );

/**
 * The corner across from the one that lies nearest to a point: it stays where it is while that one
 * is dragged.
 */
export const oppositeCorner = (box: Box, { x, y }: Point): Point => ({
  x: x < box.x + box.width / 2 ? box.x + box.width : box.x,
  y: y < box.y + box.height / 2 ? box.y + box.height : box.y,
});
