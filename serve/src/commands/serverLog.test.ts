import { expect, test } from "vitest";
import { createLog } from "./serverLog.ts";

test("writes names with control characters as JSON that reads the same", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => lines.push(line) });
  const name = "a\u001b[2J\u009b2J\u007f\u202egnp.\n\tjpg";
  log.info({ name }, `indexed ${name}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\p{Bidi_Control}]+\n$/u);
  expect(JSON.parse(lines[0]!)).toMatchObject({ name, msg: `indexed ${name}` });
});
