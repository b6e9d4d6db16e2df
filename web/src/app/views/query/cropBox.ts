/**
 * The crop box over the query's image: drawn, moved and resized with a pointer or the arrow keys.
 */
import type { Box } from "@plumage/models";
import { element } from "../dom/elements.ts";
import {
  between,
  isWhole,
  moved,
  oppositeCorner,
  type Point,
  resized,
  type Size,
  wholeOf,
} from "./cropGeometry.ts";

/** An arrow key moves by this part of the image. */
const step = 1 / 40;

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** What a drag makes of the box, given where the pointer is now. */
type Drag = (to: Point) => Box;

export class CropBox {
  readonly #image = element("preview-image", HTMLImageElement);
  readonly #frame = element("preview-crop", HTMLElement);
  readonly #change: (box: Box | undefined) => void;
  #box: Box | undefined;
  #drag: Drag | undefined;

  /**
   * @param change is called with each new box while it is dragged; with nothing for all of the
   * image
   */
  constructor(change: (box: Box | undefined) => void) {
    this.#change = change;
    const area = element("preview-area", HTMLElement);
    area.addEventListener("pointerdown", (event) => this.#press(event, area));
    area.addEventListener(
      "pointermove",
      (event) => this.#drag && this.#set(this.#drag(this.#pointOf(event))),
    );
    const release = () => {
      this.#drag = undefined;
    };
    area.addEventListener("pointerup", release);
    area.addEventListener("pointercancel", release);
    this.#frame.addEventListener("keydown", (event) => this.#key(event));
    // Its size is known when it has been read.
    this.#image.addEventListener("load", () => this.#draw());
  }

  /** Draws a box as the state has it. While one is dragged, the hand is ahead of the state. */
  show(box: Box | undefined): void {
    if (this.#drag) return;
    this.#box = box;
    this.#draw();
  }

  get #size(): Size {
    return { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
  }

  #pointOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#image.getBoundingClientRect();
    const size = this.#size;
    return {
      x: ((clientX - left) / width) * size.width,
      y: ((clientY - top) / height) * size.height,
    };
  }

  #press(event: PointerEvent, area: HTMLElement): void {
    const size = this.#size;
    if (event.button !== 0 || size.width === 0) return;
    const from = this.#pointOf(event);
    const box = this.#box ?? wholeOf(size);
    const target = event.target as HTMLElement;
    if (target.dataset.handle) {
      const corner = oppositeCorner(box, from);
      this.#drag = (to) => between(corner, to, size);
    } else if (target === this.#frame && !isWhole(box, size))
      this.#drag = (to) => moved(box, { x: to.x - from.x, y: to.y - from.y }, size);
    else this.#drag = (to) => between(from, to, size);
    area.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.#frame.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    const size = this.#size;
    const box = this.#box ?? wholeOf(size);
    if (event.key === "Escape") this.#set(wholeOf(size));
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    const by = { x: arrow.x * size.width * step, y: arrow.y * size.height * step };
    this.#set((event.shiftKey ? resized : moved)(box, by, size));
  }

  #set(box: Box): void {
    const next = isWhole(box, this.#size) ? undefined : box;
    if (JSON.stringify(next) === JSON.stringify(this.#box)) return;
    this.#box = next;
    this.#draw();
    this.#change(next);
  }

  #draw(): void {
    const { width, height } = this.#size;
    if (width === 0) return;
    const box = this.#box ?? wholeOf({ width, height });
    const percent = (part: number, all: number) => `${(100 * part) / all}%`;
    Object.assign(this.#frame.style, {
      left: percent(box.x, width),
      top: percent(box.y, height),
      width: percent(box.width, width),
      height: percent(box.height, height),
    });
    this.#frame.classList.toggle("whole", this.#box === undefined);
    this.#frame.ariaLabel = this.#box
      ? `Searching by a part: ${box.width} by ${box.height} of ${width} by ${height} pixels, ${box.x} from the left, ${box.y} from the top`
      : "Searching by all of the image";
  }
}
