/** Why a decoder refuses a file. */
import { PlumageError } from "../../errors.ts";
import type { ImageFormat } from "../imageFormat.ts";

/** A file that is intact but uses a feature that the decoder does not have. */
export const unsupported = (format: ImageFormat, feature: string): PlumageError =>
  new PlumageError(
    "bad-image",
    `the ${format} file uses ${feature}, which is not supported`,
    "save it as JPEG or PNG",
  );
