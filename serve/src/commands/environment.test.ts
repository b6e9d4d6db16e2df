import { expect, test } from "vitest";
import { z } from "zod";
import { environmentArguments } from "./environment.ts";
import { integerSchema } from "./options.ts";

const options = {
  port: { description: "port", value: "PORT", schema: integerSchema.default(8080) },
  host: { description: "host", value: "HOST", schema: z.string().optional() },
  basePath: { description: "path", value: "PATH", schema: z.string().optional() },
};

test("turns variables into options", () => {
  const environment = {
    PLUMAGE_PORT: "8081",
    PLUMAGE_HOST: "",
    PLUMAGE_BASE_PATH: "/a",
    PORT: "1",
  };
  const expected = ["--port=8081", "--base-path=/a"];
  expect(environmentArguments(options, environment)).toEqual(expected);
});

test("names a variable whose value is invalid", () => {
  expect(() => environmentArguments(options, { PLUMAGE_PORT: "eighty" })).toThrow(
    expect.objectContaining({
      code: "bad-input",
      message: "PLUMAGE_PORT=eighty: use a number",
      hint: "unset PLUMAGE_PORT",
    }),
  );
});

test("does not repeat a secret in a message", () => {
  const store = { description: "", value: "URL", schema: z.url("use a URL"), isSecret: true };
  expect(() => environmentArguments({ store }, { PLUMAGE_STORE: "password" })).toThrow(
    /^PLUMAGE_STORE: use a URL$/,
  );
});

test.each(["tcp://10.96.0.12:8080", "udp://10.96.0.12:53", "tcp://[fd00::1]:8080"])(
  "ignores Kubernetes' address of a service called plumage: %s",
  (address) => {
    expect(environmentArguments(options, { PLUMAGE_PORT: address })).toEqual([]);
  },
);

test.each(["tcp://", "http://127.0.0.1:8080"])("refuses PLUMAGE_PORT=%s", (value) => {
  expect(() => environmentArguments(options, { PLUMAGE_PORT: value })).toThrow(/^PLUMAGE_PORT=/);
});
