import { expect, test } from "vitest";
import { runServer, urlOf } from "./httpServer.ts";

const never = new AbortController().signal;
const refuse = () => new Response(null, { status: 404 });

test.each([
  ["127.0.0.1", "http://127.0.0.1:80/"],
  ["localhost", "http://localhost:80/"],
  ["::1", "http://[::1]:80/"],
  ["fe80::1%eth0", "http://[fe80::1%25eth0]:80/"],
])("writes the URL of %s", (host, url) => {
  expect(urlOf({ host, port: 80 })).toBe(url);
});

test.each([
  ["2001:db8::1", /^cannot listen on \[2001:db8::1\]:8080: [\w ]+$/],
  ["no-such-host.invalid", /^cannot listen on no-such-host.invalid:8080: [\w ]+$/],
])("says why it cannot listen on %s", async (host, message) => {
  const running = runServer(refuse, { host, port: 8080 }, never, async () => undefined);
  await expect(running).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(message),
  });
});
