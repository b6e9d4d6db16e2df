/** The crop box on the query image, controlled by pointer or arrow keys. */
import type { Box } from "@plumage/models";
import { currentQuery } from "../../state/selectors.ts";
import type { State } from "../../state/state.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";
import {
  boxBetween,
  isWholeImage,
  moveBox,
  oppositeCorner,
  type Point,
  resizeBox,
  type Size,
  wholeImage,
} from "./cropGeometry.ts";

/** Fraction of the image by which an arrow key moves. */
const step = 1 / 40;

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export class CropBox implements View {
  readonly #image = element("preview-image", HTMLImageElement);
  readonly #frame = element("preview-crop", HTMLElement);
  readonly #onChange: (box: Box | undefined) => void;
  #box: Box | undefined;
  /** While dragging: the box for a position of the pointer. */
  #drag: ((to: Point) => Box) | undefined;

  /** @param onChange called with each new box, also while dragging; undefined for all of it */
  constructor(onChange: (box: Box | undefined) => void) {
    this.#onChange = onChange;
    const area = element("preview-area", HTMLElement);
    area.addEventListener("pointerdown", (event) => this.#startDrag(event, area));
    area.addEventListener("pointermove", (event) => {
      if (this.#drag) this.#set(this.#drag(this.#positionOf(event)));
    });
    const endDrag = () => {
      this.#drag = undefined;
    };
    area.addEventListener("pointerup", endDrag);
    area.addEventListener("pointercancel", endDrag);
    this.#frame.addEventListener("keydown", (event) => this.#pressKey(event));
    // The box depends on the image's size.
    this.#image.addEventListener("load", () => this.#drawBox());
  }

  draw(state: State): void {
    // While dragging, the box is ahead of the state.
    if (this.#drag) return;
    this.#box = currentQuery(state)?.box;
    this.#drawBox();
  }

  get #size(): Size {
    return { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
  }

  /** The position of the pointer in pixels of the image. */
  #positionOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#image.getBoundingClientRect();
    const size = this.#size;
    return {
      x: ((clientX - left) / width) * size.width,
      y: ((clientY - top) / height) * size.height,
    };
  }

  #startDrag(event: PointerEvent, area: HTMLElement): void {
    const size = this.#size;
    if (event.button !== 0 || size.width === 0) return;
    const from = this.#positionOf(event);
    const box = this.#box ?? wholeImage(size);
    const target = event.target as HTMLElement;
    if (target.dataset.handle) {
      const corner = oppositeCorner(box, from);
      this.#drag = (to) => boxBetween(corner, to, size);
    } else if (target === this.#frame && !isWholeImage(box, size))
      this.#drag = (to) => moveBox(box, { x: to.x - from.x, y: to.y - from.y }, size);
    else this.#drag = (to) => boxBetween(from, to, size);
    area.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.#frame.focus({ preventScroll: true });
  }

  #pressKey(event: KeyboardEvent): void {
    const size = this.#size;
    const box = this.#box ?? wholeImage(size);
    if (event.key === "Escape") this.#set(wholeImage(size));
    const arrow = arrows[event.key];
    if (!arrow) return;
    event.preventDefault();
    const by = { x: arrow.x * size.width * step, y: arrow.y * size.height * step };
    this.#set((event.shiftKey ? resizeBox : moveBox)(box, by, size));
  }

  #set(box: Box): void {
    const next = isWholeImage(box, this.#size) ? undefined : box;
    if (JSON.stringify(next) === JSON.stringify(this.#box)) return;
    this.#box = next;
    this.#drawBox();
    this.#onChange(next);
  }

  #drawBox(): void {
    const { width, height } = this.#size;
    if (width === 0) return;
    const box = this.#box ?? wholeImage({ width, height });
    const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
    Object.assign(this.#frame.style, {
      left: percent(box.x, width),
      top: percent(box.y, height),
      width: percent(box.width, width),
      height: percent(box.height, height),
    });
    this.#frame.classList.toggle("whole", this.#box === undefined);
    this.#frame.ariaLabel = this.#box
      ? `Crop: ${box.width} by ${box.height} of ${width} by ${height} pixels, ` +
        `${box.x} from the left, ${box.y} from the top`
      : "Crop: whole image";
  }
}
