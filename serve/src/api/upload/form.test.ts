import { PlumageError } from "@plumage/models";
import fc from "fast-check";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { TooLarge } from "../problems/problem.ts";
import { largestUpload } from "./body.ts";
import { type Form, readForm } from "./form.ts";

/** What a form is read as that comes in pieces of the given lengths, one after another. */
async function parsed(form: FormData, pieces: readonly number[], announced = true): Promise<Form> {
  const whole = new Response(form);
  const type = whole.headers.get("content-type")!;
  return read(new Uint8Array(await whole.arrayBuffer()), type, pieces, announced);
}

async function read(
  bytes: Uint8Array,
  type: string,
  pieces: readonly number[],
  announced = true,
): Promise<Form> {
  let at = 0;
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const length = pieces[next++ % pieces.length]!;
      controller.enqueue(bytes.slice(at, at + length));
      at += length;
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

const bytes = fc.uint8Array({ maxLength: 3000 });
const pieces = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });

test("files and texts are what was sent, however they lie in what comes", async () => {
  const parts = fc.array(
    fc.record({
      name: fc.constantFrom("image", "negative", "other"),
      content: fc.oneof(bytes, fc.string()),
    }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(parts, pieces, fc.boolean(), async (sent, lengths, announced) => {
      const form = new FormData();
      const files = new Map<string, number[][]>();
      const texts = new Map<string, string[]>();
      for (const { name, content } of sent) {
        if (typeof content === "string") {
          form.append(`t ${name}`, content);
          texts.set(`t ${name}`, [
            ...(texts.get(`t ${name}`) ?? []),
            content.replace(/\r\n?|\n/g, "\r\n"),
          ]);
        } else {
          form.append(name, new Blob([Uint8Array.from(content)]));
          files.set(name, [...(files.get(name) ?? []), [...content]]);
        }
      }
      const read = await parsed(form, lengths, announced);
      expect(
        new Map([...read.files].map(([name, all]) => [name, all.map((file) => [...file])])),
      ).toEqual(files);
      expect(read.texts).toEqual(texts);
    }),
  );
});

test("whatever comes instead of a form is refused, or read", async () => {
  const start = '--x\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n';
  const line = fc.constantFrom(
    "--x\r\n",
    "--x--\r\n",
    "--x--",
    "\r\n",
    start,
    "content-type: a/b; charset=zz\r\n",
    "\0",
  );
  const body = fc
    .array(fc.oneof(line, fc.string()), { maxLength: 12 })
    .map((all) => new TextEncoder().encode(all.join("")));
  const type = fc.constantFrom(
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=",
  );
  await fc.assert(
    fc.asyncProperty(body, type, pieces, async (sent, kind, lengths) => {
      const outcome = await read(sent, kind, lengths).catch((error: Error) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(PlumageError);
    }),
  );
});

test.each([
  ["files", 101, () => new Blob(["x"]), /more than 100 files/],
  ["fields", 1001, () => "x", /more than 1000 fields/],
  ["characters of a text", 1, () => "x".repeat(2 ** 20 + 1), /^t: use at most 1048576 characters/],
])("too many %s", async (_, count, part, reason) => {
  const form = new FormData();
  for (let i = 0; i < count; i++) form.append("t", part() as string);
  await expect(parsed(form, [65536])).rejects.toThrow(reason);
});

test("more bytes than a body may have, where nothing announces them", async () => {
  const form = new FormData();
  form.append("image", new Blob([new Uint8Array(largestUpload / 2)]));
  form.append("image", new Blob([new Uint8Array(largestUpload / 2 + 1)]));
  await expect(parsed(form, [65536], false)).rejects.toThrow(TooLarge);
});

test("files lie in memory that threads share", async () => {
  const form = new FormData();
  form.append("image", new Blob(["x"]));
  const { files } = await parsed(form, [100]);
  expect(files.get("image")![0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
});
