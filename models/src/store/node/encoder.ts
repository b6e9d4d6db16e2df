/** encoder.onnx: the frozen encoder beside the checkpoint of a head. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { PlumageError } from "../../errors.ts";
import type { EncoderHead } from "../../network/encoderHead.ts";
import { sha256 } from "./files.ts";
import { storePaths } from "./paths.ts";

/**
 * Reads the encoder that a head was trained on.
 *
 * @param folder models/store/<name>
 * @returns an ONNX file: images uint8 [N, S, S, 3] to features float32 [N, features * channels]
 * @throws PlumageError "bad-file" if it is missing, "mismatch" if it is another one
 */
export async function readHeadEncoder(
  folder: string,
  { encoder }: Pick<EncoderHead, "encoder">,
): Promise<Uint8Array> {
  const path = storePaths(folder).encoder;
  const hint = `train the head again: npm run train -- --backbone ${encoder.source}`;
  if (!existsSync(path)) throw new PlumageError("bad-file", `${path} is missing`, hint);
  const bytes = await readFile(path);
  if (sha256(bytes) === encoder.sha256) return bytes;
  throw new PlumageError("mismatch", `${path} is not the encoder of this head`, hint);
}
