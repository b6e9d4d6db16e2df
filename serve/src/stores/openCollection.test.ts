import { expect, test } from "vitest";
import { storeOption } from "./openCollection.ts";

test.each([
  ["embedded", true],
  ["postgres://user:password@host/database", true],
  ["postgresql:///database?host=/var/run/postgresql", true],
  ["postgres://[", false],
  ["postgres://user:100%@host/database", false],
  ["postgres://host:99999/database", false],
  ["mysql://host/database", false],
])("--store %s is valid: %s", (value, isValid) => {
  expect(storeOption.schema.safeParse(value).success).toBe(isValid);
});
