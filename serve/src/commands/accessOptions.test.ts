import { expect, test } from "vitest";
import {
  type AccessOptions,
  accessOf,
  hostsSchema,
  openWritesWarning,
  originsSchema,
} from "./accessOptions.ts";

const access = (token: string | undefined, options: Partial<AccessOptions>) =>
  accessOf({ host: "127.0.0.1", protect: undefined, origins: [], hosts: [], ...options }, token);
const protection = (...args: Parameters<typeof access>) => access(...args).protect;

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

test.each(["gehe\u00edm", "two words", "secret\n", "\u{1f510}"])(
  "rejects the token %j",
  (token) => {
    expect(() => protection(token, {})).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringMatching(/PLUMAGE_TOKEN/),
      }),
    );
  },
);

test("answers for the address it listens on, and for others only beyond this machine", () => {
  expect(access(undefined, {})).toMatchObject({ hosts: ["127.0.0.1"], anyAddress: false });
  const options = { host: "0.0.0.0", hosts: ["gallery.example"] };
  const expected = { hosts: ["gallery.example", "0.0.0.0"], anyAddress: true };
  expect(access(undefined, options)).toMatchObject(expected);
});

test("warns if other machines can change the gallery without a token", () => {
  const warning = (host: string, protect: "nothing" | "writes") =>
    openWritesWarning({ host }, access("secret", { host, protect }));
  expect(warning("0.0.0.0", "nothing")).toMatch(/^warning: everyone who can reach 0.0.0.0 may add/);
  expect(warning("::", "nothing")).toMatch(/^warning/);
  expect(warning("0.0.0.0", "writes")).toBeUndefined();
  expect(warning("127.0.0.1", "nothing")).toBeUndefined();
});

test("reads lists of origins and host names", () => {
  expect(originsSchema.parse("https://a.example, http://B.example:8080/,")).toEqual([
    "https://a.example",
    "http://b.example:8080",
  ]);
  expect(hostsSchema.parse("Gallery.example , plumage")).toEqual(["gallery.example", "plumage"]);
  for (const origins of ["a.example", "*", "https://a.example/page", "https://a.example,*"])
    expect(originsSchema.safeParse(origins).success).toBe(false);
  for (const hosts of ["http://a.example", "a.example:8080", "a b"])
    expect(hostsSchema.safeParse(hosts).success).toBe(false);
});
