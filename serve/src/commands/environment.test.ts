import { expect, test } from "vitest";
import { z } from "zod";
import { argvWithEnvironment } from "./environment.ts";

const options = {
  port: { description: "port", value: "PORT", schema: z.string().optional() },
  host: { description: "host", value: "HOST", schema: z.string().optional() },
};

test("puts options from the environment before the command line, which overrides them", () => {
  const environment = { PLUMAGE_PORT: "8081", PLUMAGE_HOST: "", PORT: "1" };
  expect(argvWithEnvironment(options, ["--port", "8082"], environment)).toEqual([
    "--port=8081",
    "--port",
    "8082",
  ]);
});
