/** Requests of every kind, valid and invalid. */
import sharp from "sharp";
import { formOf } from "../support/requests.ts";
import { noise, noiseBytes } from "../support/tinyModel.ts";
import type { Tally } from "./tally.ts";

type Body = Uint8Array<ArrayBuffer>;

export interface Bodies {
  readonly small: readonly Body[];
  /** As large as a photo: 12 megapixels. */
  readonly large: Body;
  /** Just below the server's limit. */
  readonly huge: Body;
}

interface SoakRequest {
  readonly path: string;
  readonly init?: RequestInit;
}

/** Ids that the clients add, replace and delete. */
const changingIds = 200;
/** Items that stay. */
const stableItems = 1000;
const itemsPerForm = 50;

export async function createBodies(): Promise<Bodies> {
  const small = await Promise.all(Array.from({ length: 64 }, (_, i) => noiseBytes(i, 200, 150)));
  const jpeg = await sharp(await noise(99, 400, 300))
    .resize(4000, 3000)
    .jpeg()
    .toBuffer();
  const png = await sharp(await noise(98, 260, 260))
    .resize(2600, 2600)
    .png({ compressionLevel: 0 })
    .toBuffer();
  return { small, large: new Uint8Array(jpeg), huge: new Uint8Array(png) };
}

/** Adds the items that stay. */
export async function addStableItems(url: string, { small }: Bodies): Promise<void> {
  for (let start = 0; start < stableItems; start += itemsPerForm) {
    const items = Array.from({ length: itemsPerForm }, (_, i) => ({
      id: `s${start + i}`,
      label: `label ${i % 7}`,
      metadata: { tenth: i % 10, name: `item ${start + i}` },
    }));
    const images = items.map((_, i) => ["image", small[(start + i) % small.length]!] as const);
    const body = formOf(...images, ["items", JSON.stringify(items)]);
    const answer = await fetch(`${url}/items`, { method: "POST", body });
    if (answer.status !== 201)
      throw new Error(`POST /items: ${answer.status} ${await answer.text()}`);
  }
}

/** Sends one random request. */
export async function sendRandom(
  url: string,
  bodies: Bodies,
  next: () => number,
  tally: Tally,
): Promise<void> {
  const { path, init } = randomRequest(bodies, next);
  const request = `${init?.method ?? "GET"} ${path.split("?")[0]}`;
  await tally.count(request, fetch(`${url}${path}`, init));
}

const post = (path: string, body: BodyInit | null = null): SoakRequest => ({
  path,
  init: { method: "POST", body },
});

function randomRequest(bodies: Bodies, next: () => number): SoakRequest {
  const pick = (count: number) => Math.floor(next() * count);
  const body = bodies.small[pick(bodies.small.length)]!;
  const stable = `s${pick(stableItems)}`;
  const changing = `g${pick(changingIds)}`;
  const examples = () =>
    formOf(
      ["image", body],
      ["image", bodies.small[0]!],
      ["negative", bodies.small[1]!],
      ["k", "5"],
    );
  const kinds: (() => SoakRequest)[] = [
    () => post("/search", body),
    () => post("/search?k=100&minScore=0.1", body),
    () => post("/search?label=label%203&k=20", body),
    () => post("/search?where=tenth%3D7&where=name%3Ditem%207", body),
    () => post("/search", examples()),
    () => post(`/search?like=${stable}&unlike=s1`),
    () => post("/embed", body),
    () => post(`/items?id=${changing}&label=new`, body),
    () => post(`/items?id=${changing}&label=new`, body),
    () => ({ path: `/items/${changing}`, init: { method: "DELETE" } }),
    () => ({ path: `/items/${stable}/similar?k=10` }),
    () => ({ path: `/items/${stable}/thumbnail` }),
    () => ({ path: `/items/${changing}/image` }),
    () => ({ path: "/items?limit=1000" }),
    () => ({ path: "/openapi.json" }),
    () => post("/search", "not an image"),
    () => post("/search?k=1000", body),
    () => post("/search", body.slice(0, body.length / 2)),
    // Rarely: a photo takes a hundred times as long as a small image.
    () => post("/search", next() < 0.3 ? bodies.large : body),
    () => (next() < 0.3 ? hugeRequest(bodies, changing, pick) : post("/search", body)),
  ];
  return kinds[pick(kinds.length)]!();
}

function hugeRequest({ huge }: Bodies, id: string, pick: (count: number) => number): SoakRequest {
  const conditions = new URLSearchParams(
    Array.from({ length: 20_000 }, (_, i) => ["where", `a${i}=1`]),
  );
  const requests = [
    () => post("/search", huge),
    () => post("/search", formOf(["image", huge])),
    () => post(`/items?id=${id}`, huge),
    // 20 MB that are not an image.
    () => post("/search", huge.slice(1000)),
    () => post("/search?k=2", `x${conditions}`),
  ];
  return requests[pick(requests.length)]!();
}
