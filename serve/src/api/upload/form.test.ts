import { PlumageError } from "@plumage/models";
import fc from "fast-check";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { TooLarge } from "../problems/errors.ts";
import { maxBodyBytes } from "./bodyBuffers.ts";
import { type Form, readForm } from "./form.ts";

interface Delivery {
  /** Lengths of the chunks in which the body arrives, repeated as needed. */
  readonly chunkLengths: readonly number[];
  /** Whether the request has a content-length. */
  readonly announced?: boolean;
}

async function parse(form: FormData, delivery: Delivery): Promise<Form> {
  const encoded = new Response(form);
  const type = encoded.headers.get("content-type")!;
  return parseBytes(new Uint8Array(await encoded.arrayBuffer()), type, delivery);
}

async function parseBytes(
  bytes: Uint8Array,
  type: string,
  { chunkLengths, announced = true }: Delivery,
): Promise<Form> {
  let offset = 0;
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      const length = chunkLengths[next++ % chunkLengths.length]!;
      controller.enqueue(bytes.slice(offset, offset + length));
      offset += length;
    },
  });
  let form: Promise<Form> | undefined;
  const app = new Hono().post("/", async (c) => {
    form = readForm(c);
    await form.catch(() => undefined);
    return c.body(null);
  });
  const headers = {
    "content-type": type,
    ...(announced ? { "content-length": String(bytes.length) } : {}),
  };
  await app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
  return form!;
}

const chunkLengths = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });

test("parses files and texts, however the body is split into chunks", async () => {
  const field = fc.record({
    name: fc.constantFrom("image", "negative", "other"),
    content: fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.string()),
  });
  const delivery = fc.record({ chunkLengths, announced: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 20 }), delivery, async (sent, delivery) => {
      const form = new FormData();
      const files = new Map<string, number[][]>();
      const texts = new Map<string, string[]>();
      for (const { name, content } of sent) {
        if (typeof content === "string") {
          const textName = `text ${name}`;
          form.append(textName, content);
          // Forms normalize line breaks.
          const normalized = content.replace(/\r\n?|\n/g, "\r\n");
          texts.set(textName, [...(texts.get(textName) ?? []), normalized]);
        } else {
          form.append(name, new Blob([Uint8Array.from(content)]));
          files.set(name, [...(files.get(name) ?? []), [...content]]);
        }
      }
      const parsed = await parse(form, delivery);
      expect(
        new Map([...parsed.files].map(([name, all]) => [name, all.map((file) => [...file])])),
      ).toEqual(files);
      expect(parsed.texts).toEqual(texts);
    }),
  );
});

test("parses arbitrary bytes or rejects them with a PlumageError", async () => {
  const part = '--x\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n';
  const line = fc.constantFrom(
    "--x\r\n",
    "--x--\r\n",
    "--x--",
    "\r\n",
    part,
    "content-type: a/b; charset=zz\r\n",
    "\0",
  );
  const body = fc
    .array(fc.oneof(line, fc.string()), { maxLength: 12 })
    .map((lines) => new TextEncoder().encode(lines.join("")));
  const type = fc.constantFrom(
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=",
  );
  await fc.assert(
    fc.asyncProperty(body, type, chunkLengths, async (bytes, type, chunkLengths) => {
      const outcome = await parseBytes(bytes, type, { chunkLengths }).catch((error) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PlumageError);
    }),
  );
});

test.each([
  ["files", 101, () => new Blob(["x"]), /more than 100 files/],
  ["fields", 1001, () => "x", /more than 1000 fields/],
  ["characters in a text", 1, () => "x".repeat(2 ** 20 + 1), /^t: use at most 1048576 characters/],
])("rejects too many %s", async (_, count, part, reason) => {
  const form = new FormData();
  for (let i = 0; i < count; i++) form.append("t", part() as string);
  await expect(parse(form, { chunkLengths: [65536] })).rejects.toThrow(reason);
});

test("rejects a body beyond the limit that has no content-length", async () => {
  const form = new FormData();
  form.append("image", new Blob([new Uint8Array(maxBodyBytes / 2)]));
  form.append("image", new Blob([new Uint8Array(maxBodyBytes / 2 + 1)]));
  const delivery = { chunkLengths: [65536], announced: false };
  await expect(parse(form, delivery)).rejects.toThrow(TooLarge);
});

test.each([
  ["large", 2 ** 21, SharedArrayBuffer],
  ["small", 100, ArrayBuffer],
])("stores the files of a %s form in memory of its kind", async (_, length, kind) => {
  const form = new FormData();
  form.append("image", new Blob([new Uint8Array(length)]));
  const { files } = await parse(form, { chunkLengths: [65536] });
  expect(files.get("image")![0]!.buffer).toBeInstanceOf(kind);
});
