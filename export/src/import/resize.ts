/** Chooses how images become the encoder's square input. */
import { PlumageError, type ResizeStep } from "@plumage/models";
import type { ImportChoices } from "./options.ts";
import { presets } from "./presets.ts";

/**
 * @param size width and height of the input in pixels
 * @throws PlumageError "bad-input" if the shorter side does not fit the rest
 */
export function resizeStep(size: number, choices: ImportChoices): ResizeStep {
  const preset = choices.preset && presets[choices.preset].resize;
  const fit = choices.resize ?? preset?.fit ?? "squash";
  const filter = choices.filter ?? preset?.filter ?? "bilinear";
  if (fit !== "crop") {
    if (choices.shorterSide !== undefined) {
      const message = `--shorter-side is for center crops, and images are resized with "${fit}"`;
      throw new PlumageError("bad-input", message, "add --resize crop, or leave it out");
    }
    // A number is what models that were trained here declare.
    return fit === "squash" && filter === "bilinear" ? size : { fit, size, filter };
  }
  const ratio = preset && "shorterSide" in preset ? preset.shorterSide : 1;
  const shorterSide = choices.shorterSide ?? Math.round(size * ratio);
  if (shorterSide >= size) return { fit, shorterSide, size, filter };
  const message = `--shorter-side ${shorterSide} is less than the ${size} pixels of the input`;
  throw new PlumageError("bad-input", message, `use at least ${size}`);
}
