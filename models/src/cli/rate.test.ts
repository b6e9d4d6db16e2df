import { expect, it } from "vitest";
import { duration } from "./rate.ts";

it.each([
  [0.4, "0s"],
  [59.4, "59s"],
  [60, "1m00s"],
  [190, "3m10s"],
  [7500, "2h05m"],
])("formats %d seconds as %s", (seconds, text) => expect(duration(seconds)).toBe(text));
