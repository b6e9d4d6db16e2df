/** Recognizes the format of a file with weights by its first bytes. */
import { open } from "node:fs/promises";
import { PlumageError, unreadable } from "@plumage/models";
import { legacyMagic } from "./torchFile.ts";

/** A format that can be read. */
export type WeightsFormat = "zip" | "legacy" | "onnx" | "safetensors";

/** The header of a tar archive has its magic at byte 257 (POSIX.1-1988). */
const headBytes = 263;

/** What else people have under the names of such files, and what to do about it. */
const foreignFormats: readonly (readonly [
  at: number,
  start: string,
  what: string,
  hint: string,
])[] = [
  [0, "version https://git-lfs", "a Git LFS pointer, not the weights", "run: git lfs pull"],
  [0, "<", "a web page or XML, not weights", "download the file itself"],
  [0, "\x1f\x8b", "compressed with gzip", "unpack it"],
  [0, "BZh", "compressed with bzip2", "unpack it"],
  [0, "\xfd7zXZ", "compressed with xz", "unpack it"],
  [0, "(\xb5/\xfd", "compressed with zstd", "unpack it"],
  [0, "7z\xbc\xaf", "a 7z archive", "unpack it"],
  [0, "\x89HDF", "an HDF5 file, as Keras writes", "convert it to .safetensors"],
  [0, "\x93NUMPY", "a NumPy array", "convert it to .safetensors"],
  [0, "GGUF", "a GGUF file", "convert it to .safetensors"],
  [
    257,
    "ustar",
    "a tar archive, such as PyTorch wrote before 0.1.10",
    "unpack it, or save the weights again with a newer PyTorch",
  ],
  [
    0,
    "\x80",
    "a pickle that torch.save did not write",
    "save the weights with torch.save(model.state_dict(), file)",
  ],
];

/**
 * Recognizes a file by its content: checkpoints have many endings (.pth.tar, .ckpt, .bin, none).
 *
 * @throws PlumageError "bad-file" for a file that cannot be read, or is known to be something else
 */
export async function weightsFormat(path: string): Promise<WeightsFormat> {
  const head = await firstBytes(path);
  const startsWith = (start: string, at = 0) => head.startsWith(start, at);
  if (startsWith("PK\x03\x04")) return "zip";
  if (startsWith(legacyMagic.toString("latin1"))) return "legacy";
  // A length and a JSON header. Before the others, as the length may be any bytes.
  if (startsWith("{", 8)) return "safetensors";
  for (const [at, start, what, hint] of foreignFormats)
    if (startsWith(start, at)) throw new PlumageError("bad-file", `${path} is ${what}`, hint);
  // A protobuf starts with the field ir_version.
  return startsWith("\x08") ? "onnx" : "safetensors";
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}
