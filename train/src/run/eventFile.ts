/**
 * TensorBoard event files with scalars. A record is a length, its checksum, an Event message, and
 * its checksum (tensorflow/core/lib/io/record_writer.cc, tensorflow/core/util/event.proto,
 * tensorflow/core/framework/summary.proto).
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { writeFileWhole } from "@plumage/models/node";
import { termNames } from "../objective/index.ts";
import type { EvaluationEntry, TrainLogEntry } from "./trainLog.ts";

type Entry = TrainLogEntry | EvaluationEntry;

const termTags = Object.fromEntries(termNames.map((name) => [name, `loss/${name}`]));

/** TensorBoard groups scalars by the part before the slash. */
const tags: Readonly<Partial<Record<keyof TrainLogEntry, string>>> = {
  loss: "loss/total",
  ...termTags,
  minedTriplets: "batch/mined triplets",
  accuracy: "batch/accuracy",
  rate: "run/learning rate",
  imagesPerSecond: "run/images per second",
};

function tagged(entry: Entry): [tag: string, value: number][] {
  if ("evaluation" in entry) {
    return [
      [`${entry.evaluation}/P@1`, entry.precisionAt1],
      [`${entry.evaluation}/MAP@R`, entry.mapAtR],
      [`${entry.evaluation}/R-precision`, entry.rPrecision],
    ];
  }
  return Object.entries(tags).map(([key, tag]) => [tag, entry[key as keyof TrainLogEntry]]);
}

/** CRC-32C (Castagnoli) of each byte value. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = table[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** TensorFlow masks the CRC of data that contains CRCs (crc32c.h, Mask). */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

function record(event: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(8 + 4 + event.length + 4);
  bytes.writeBigUInt64LE(BigInt(event.length), 0);
  bytes.writeUInt32LE(masked(bytes.subarray(0, 8)), 8);
  bytes.set(event, 12);
  bytes.writeUInt32LE(masked(event), 12 + event.length);
  return bytes;
}

/**
 * Field numbers: Event 1 wall_time, 2 step, 3 file_version, 5 summary; Summary 1 value; Value 1
 * tag, 2 simple_value.
 */
function scalars(entry: Entry, wallTime: number): Uint8Array {
  const writer = new BinaryWriter()
    .tag(1, 1)
    .double(wallTime)
    .tag(2, 0)
    .int64(entry.iteration)
    .tag(5, 2)
    .fork();
  for (const [tag, value] of tagged(entry))
    writer.tag(1, 2).fork().tag(1, 2).string(tag).tag(2, 5).float(value).join();
  return record(writer.join().finish());
}

const version = (wallTime: number): Uint8Array =>
  record(new BinaryWriter().tag(1, 1).double(wallTime).tag(3, 2).string("brain.Event:2").finish());

const seconds = (): number => Date.now() / 1000;

export class EventFile {
  readonly #file: number;

  private constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  /**
   * Opens the event file of a new run, or of one that resumes after the given entries. Rewrites
   * these with wall times as if the run had not been interrupted.
   */
  static async open(path: string, entries: readonly Entry[]): Promise<EventFile> {
    const now = seconds();
    const started = now - (entries.at(-1)?.seconds ?? 0);
    await writeFileWhole(path, [
      version(started),
      ...entries.map((entry) => scalars(entry, started + entry.seconds)),
    ]);
    return new EventFile(path);
  }

  append(entry: Entry): void {
    writeSync(this.#file, scalars(entry, seconds()));
  }

  close(): void {
    closeSync(this.#file);
  }
}
