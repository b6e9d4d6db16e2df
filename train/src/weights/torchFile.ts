/**
 * Reads tensors from a file that torch.save wrote: a zip archive with a pickle and one file per
 * storage (torch 1.6 and later), or the legacy sequence of pickles followed by the storages
 * (torch/serialization.py, _legacy_save).
 */
import { readFile, stat } from "node:fs/promises";
import { PlumageError, unreadable } from "@plumage/models";
import type { StoredTensor, StoredTensors } from "@plumage/models/node";
import { readPickle } from "./pickle.ts";
import { maxPickleBytes } from "./pickleMachine.ts";
import { namedViews, type ReadStorage, type TorchStorage, torchResolver } from "./torchTensors.ts";
import { TorchZip } from "./torchZip.ts";

/** What Node reads at once. */
const maxLegacyBytes = 2 ** 31 - 1;
/** Tensors may share storages, but not so that a small file becomes a large network. */
const maxReads = 4;

/** The legacy format starts with the pickled number 0x1950a86a20f9469cfc6c. */
export const legacyMagic = Buffer.from("80028a0a6cfc9c46f9206aa85019", "hex");

/**
 * Opens a file, and passes its tensors under dotted paths, e.g. "state_dict.conv1.weight". Reads
 * the numbers of those that are asked for alone.
 *
 * @param use reads tensors while the file is open
 * @returns what `use` returns
 * @throws PlumageError "bad-file" for a file that is damaged or contains no tensors
 */
export async function useTorchFile<T>(
  path: string,
  format: "zip" | "legacy",
  use: (tensors: StoredTensors) => Promise<T>,
): Promise<T> {
  try {
    return await (format === "zip" ? useZip(path, use) : useLegacy(path, use));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PlumageError(
      "bad-file",
      `${path} is damaged: ${error.message}`,
      "copy it again, or save it again with torch.save(model.state_dict(), file)",
      { cause: error },
    );
  }
}

async function useZip<T>(path: string, use: (tensors: StoredTensors) => Promise<T>): Promise<T> {
  const zip = await TorchZip.open(path);
  try {
    const pickle = zip.names.find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
    if (!pickle) throw new RangeError("it contains no data.pkl");
    const folder = pickle.slice(0, -"data.pkl".length);
    if (zip.size(pickle) > maxPickleBytes) throw new RangeError("its pickle is too large");
    const order = `${folder}byteorder`;
    if (zip.names.includes(order) && (await zip.read(order, 0, 3)).toString() === "big")
      throw new RangeError("it is big-endian");
    const { value } = readPickle(await zip.read(pickle), 0, torchResolver(new Map()));
    const { size } = await stat(path);
    return await use(
      storedTensors(path, value, size, ({ key }, start, length) =>
        zip.read(`${folder}data/${key}`, start, length),
      ),
    );
  } finally {
    zip.close();
  }
}

/**
 * The legacy format: four pickles (magic number, version, system information, value), the storages'
 * keys, and for each storage its count and numbers.
 */
async function useLegacy<T>(path: string, use: (tensors: StoredTensors) => Promise<T>): Promise<T> {
  const { size } = await stat(path);
  if (size > maxLegacyBytes) throw new RangeError("it is larger than 2 GiB in a format for less");
  const bytes = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  const found = new Map<string, TorchStorage>();
  const resolver = torchResolver(found);
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, resolver);
    at = end;
    return value;
  };
  next();
  next();
  const system = next();
  if (system instanceof Map && system.get("little_endian") === false)
    throw new RangeError("it is big-endian");
  const value = next();
  const starts = legacyStorages(bytes, next(), at, found);
  return await use(
    storedTensors(path, value, size, async ({ key }, start, length) => {
      const first = starts.get(key);
      if (first === undefined) throw new RangeError(`the storage ${key} is missing`);
      return bytes.subarray(first + start, first + start + length);
    }),
  );
}

/** Where each storage's numbers start; storages that no tensor needs may be of unknown types. */
function legacyStorages(
  bytes: Buffer,
  keys: unknown,
  end: number,
  found: ReadonlyMap<string, TorchStorage>,
): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  let at = end;
  for (const key of Array.isArray(keys) ? keys : []) {
    if (at + 8 > bytes.length) throw new RangeError("a storage is missing");
    const storage = found.get(key);
    if (!storage || bytes.readBigInt64LE(at) !== BigInt(storage.count))
      throw new RangeError(`the storage ${String(key).slice(0, 40)} is not the expected one`);
    if (!storage.type) throw new RangeError(`it stores numbers as ${storage.kind}`);
    starts.set(storage.key, at + 8);
    at += 8 + storage.count * storage.type.bytes;
    if (at > bytes.length) throw new RangeError("a storage is truncated");
  }
  return starts;
}

/** @param size of the file, which bounds what is read of it */
function storedTensors(
  path: string,
  value: unknown,
  size: number,
  read: ReadStorage,
): StoredTensors {
  let rest = size * maxReads;
  const limited: ReadStorage = (storage, start, length) => {
    rest -= length;
    if (rest < 0) throw new RangeError("its tensors overlap");
    return read(storage, start, length);
  };
  const tensors = new Map<string, StoredTensor>();
  for (const [name, view] of namedViews(value))
    tensors.set(name, { shape: view.shape, read: () => view.read(limited) });
  if (tensors.size > 0) return tensors;
  throw new PlumageError(
    "bad-file",
    `${path} contains no tensors`,
    "save them with torch.save(model.state_dict(), file)",
  );
}
