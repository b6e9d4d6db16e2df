import { expect, test } from "vitest";
import { type AccessOptions, accessOf } from "./accessOptions.ts";

const protection = (token: string | undefined, options: Partial<AccessOptions>) =>
  accessOf({ host: "127.0.0.1", protect: undefined, origins: [], ...options }, token).protect;

test("protects nothing on a local address without a token", () => {
  for (const host of ["127.0.0.1", "::1", "localhost"])
    expect(protection(undefined, { host })).toBe("nothing");
  expect(protection("", {})).toBe("nothing");
});

test("protects writes on any other address, and wherever there is a token", () => {
  expect(protection(undefined, { host: "0.0.0.0" })).toBe("writes");
  expect(protection("secret", {})).toBe("writes");
});

test("follows --protect", () => {
  expect(protection("secret", { protect: "nothing" })).toBe("nothing");
  expect(protection("secret", { protect: "everything" })).toBe("everything");
});

test("rejects --protect everything without a token", () => {
  expect(() => protection(undefined, { protect: "everything" })).toThrow(
    expect.objectContaining({ code: "bad-input", hint: "set PLUMAGE_TOKEN" }),
  );
});
