import { expect, test } from "vitest";
import { chooseEncoder } from "./chooseEncoder.ts";

test("names the new model after a well-known encoder, and knows its input and license", () => {
  const { name, choices } = chooseEncoder({ model: "siglip2-base-patch16" }, { size: undefined });
  expect(name).toBe("siglip2-base-patch16");
  expect(choices).toEqual({
    preset: "siglip",
    layout: "nchw",
    output: "pooler_output",
    filter: "bilinear",
    license: "Apache-2.0",
  });
});

test("prefers what the command line says", () => {
  const given = { resize: "squash", license: "MIT" } as const;
  const { name, choices } = chooseEncoder({ model: "mobilenetv4-small", name: "mine" }, given);
  expect(name).toBe("mine");
  expect(choices).toMatchObject({ ...given, preset: "imagenet", filter: "bicubic" });
  expect(choices.shorterSide).toBeUndefined();
});

test("prefers a text encoder of the command line, and can leave a known one out", async () => {
  const options = { print: () => {}, signal: AbortSignal.abort() };
  const given = { path: "/text.onnx", tokenizer: "/tokenizer.json" };
  const known = { model: "clip-vit-base-patch32" } as const;
  expect(await chooseEncoder(known, {}, given).text(options)).toBe(given);
  expect(await chooseEncoder({ ...known, text: false }, {}).text(options)).toBeUndefined();
  expect(await chooseEncoder({ model: "dinov2-small" }, {}).text(options)).toBeUndefined();
  expect(await chooseEncoder({ onnx: "/a.onnx", name: "a" }, {}, given).text(options)).toBe(given);
});

test("asks for the name of a model that comes from a file", async () => {
  expect(() => chooseEncoder({ onnx: "/a.onnx" }, {})).toThrow(/the new model has no name/);
  const { path } = chooseEncoder({ onnx: "/a.onnx", name: "mine" }, {});
  expect(await path({ print: () => {}, signal: AbortSignal.abort() })).toBe("/a.onnx");
});
