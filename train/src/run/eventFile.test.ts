import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleReport, termsOf } from "../../test/sampleRun.ts";
import { crc32c, EventFile } from "./eventFile.ts";
import type { TrainLogEntry } from "./trainLog.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-events-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const entry = (iteration: number): TrainLogEntry => ({
  ...{
    iteration,
    ...termsOf({ classification: 1.25, contrastive: 3 }),
    loss: 4.5 / iteration,
    minedTriplets: 7,
  },
  ...{ accuracy: 0.5, rate: 1e-4, imagesPerSecond: 40, waitedShare: 0, seconds: 2 * iteration },
});

/** Reads steps and scalars, and verifies the checksums of each record. */
function read(path: string): { step: number; wallTime: number; values: Record<string, number> }[] {
  const bytes = readFileSync(path);
  const events = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    for (const [data, sum] of [
      [bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8)],
      [bytes.subarray(at + 12, at + 12 + length), bytes.readUInt32LE(at + 12 + length)],
    ] as const) {
      const unmasked = (sum - 0xa282ead8) >>> 0;
      expect(((unmasked >>> 17) | (unmasked << 15)) >>> 0).toBe(crc32c(data));
    }
    const event = { step: 0, wallTime: 0, values: {} as Record<string, number> };
    const reader = new BinaryReader(bytes.subarray(at + 12, at + 12 + length));
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === 1) event.wallTime = reader.double();
      else if (field === 2) event.step = Number(reader.int64());
      else if (field === 5) {
        for (const end = reader.uint32() + reader.pos; reader.pos < end; ) {
          reader.tag();
          reader.uint32();
          reader.tag();
          const tag = reader.string();
          reader.tag();
          event.values[tag] = reader.float();
        }
      } else reader.skip(type);
    }
    events.push(event);
    at += 16 + length;
  }
  return events;
}

test("crc32c gives the check value of the CRC catalogue", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test("an event file of a resumed run contains every entry once", async () => {
  const path = join(folder, "events");
  const first = await EventFile.open(path, []);
  first.append(entry(1));
  first.append(entry(2));
  first.close();
  const second = await EventFile.open(path, [entry(1)]);
  second.append(entry(2));
  second.append({ iteration: 2, evaluation: "held-out", ...sampleReport().metrics, seconds: 4 });
  second.close();
  const [version, ...events] = read(path);
  expect(version).toMatchObject({ step: 0, values: {} });
  expect(events.map(({ step }) => step)).toEqual([1, 2, 2]);
  expect(events[1]!.values).toMatchObject({
    "loss/total": 2.25,
    "batch/mined triplets": 7,
    "batch/accuracy": 0.5,
  });
  const { precisionAt1, mapAtR } = sampleReport().metrics;
  expect(events[2]!.values["held-out/P@1"]).toBeCloseTo(precisionAt1, 6);
  expect(events[2]!.values["held-out/MAP@R"]).toBeCloseTo(mapAtR, 6);
  expect(events[0]!.wallTime - version!.wallTime).toBeCloseTo(2, 5);
  expect(events[1]!.wallTime).toBeGreaterThanOrEqual(events[0]!.wallTime);
});
