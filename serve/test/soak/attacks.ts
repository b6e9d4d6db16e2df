/** What an ill-meaning client does: small requests that cost much, and connections that stall. */
import { once, setMaxListeners } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { hugeWebp } from "../support/costlyImages.ts";
import type { Tally } from "./tally.ts";

type Body = Uint8Array<ArrayBuffer>;

const promisingSockets = 26;
const slowReaders = 20;
/** Time for which stalled connections stay. */
const stallMs = 4_000;

/** Attacks, one after another, until the signal aborts. @returns once the last has ended */
export type Attacker = (signal: AbortSignal) => Promise<void>;

/** Prepares the attacks. Each call of the attacker begins where the last one ended. */
export async function prepareAttacks(url: string, tally: Tally): Promise<Attacker> {
  const { hostname, port } = new URL(url);
  const address = { host: hostname, port: Number(port) };
  const post = async (path: string, body: Body) => {
    const request = `POST ${path.split("?")[0]}`;
    await tally.count(request, fetch(`${url}${path}`, { method: "POST", body }));
  };
  const get = (path: string) => tally.count(`GET ${path}`, fetch(`${url}${path}`));
  const times = (count: number, of: (i: number) => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, (_, i) => of(i)));

  const largest = await hugeWebp(8192, 8192);
  const beyond = await hugeWebp(16_383, 16_383);
  const column = columnPng(100_000_000);
  const allowed = await avif(5760);
  const refused = await avif(8000);
  const attacks: ((signal: AbortSignal) => Promise<unknown>)[] = [
    async () => {
      await post("/items?id=avif", allowed);
      await times(8, () => get("/items/avif/thumbnail"));
    },
    () => times(8, () => post("/items?id=refused", refused)),
    () => times(16, (i) => post("/search", i % 2 ? largest : beyond)),
    () => times(4, () => post("/search", column)),
    (signal) => times(promisingSockets, () => stall(address, promise, signal)),
    (signal) => times(slowReaders, () => stall(address, "GET /items/avif/image", signal)),
    () => times(8, () => leave(`${url}/search`, largest)),
  ];
  let next = 0;
  return async (signal) => {
    // Each stalled socket listens.
    setMaxListeners(0, signal);
    while (!signal.aborted) await attacks[next++ % attacks.length]!(signal);
  };
}

/** A request whose body never comes. */
const promise = [
  "POST /search HTTP/1.1",
  "host: localhost",
  `content-length: ${20 * 2 ** 20}`,
  "",
  "abc",
].join("\r\n");

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Sends a request, and neither ends it nor reads the answer. */
async function stall(address: Address, request: string, signal: AbortSignal): Promise<void> {
  const socket = connect(address);
  // The server may close it.
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(
    request.includes("\r\n") ? request : `${request} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  );
  await wait(stallMs, undefined, { signal }).catch(() => undefined);
  socket.destroy();
  if (!socket.closed) await once(socket, "close");
}

/** Leaves before the answer. */
async function leave(url: string, body: Body): Promise<void> {
  const signal = AbortSignal.timeout(200);
  await fetch(url, { method: "POST", body, signal }).catch(() => undefined);
}

/** An AVIF of one color, in about a kilobyte. */
async function avif(side: number): Promise<Body> {
  const create = { width: side, height: side, channels: 3, background: "#369" } as const;
  return new Uint8Array(await sharp({ create }).avif({ effort: 0 }).toBuffer());
}

/** The start of a gray PNG that is one pixel wide. */
function columnPng(height: number): Body {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const chunk = (type: string, data: Uint8Array) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, checksum]);
  };
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const rows = chunk("IDAT", deflateSync(Buffer.alloc(2 ** 20)));
  const end = chunk("IEND", Buffer.alloc(0));
  return new Uint8Array(Buffer.concat([signature, chunk("IHDR", header), rows, end]));
}
