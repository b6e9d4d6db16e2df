/** Requests of every kind, good and bad. */
import sharp from "sharp";
import { noise } from "../support/tinyModel.ts";

type Body = Uint8Array<ArrayBuffer>;

export interface Bodies {
  readonly small: readonly Body[];
  /** A photograph's size: 12 million pixels. */
  readonly large: Body;
  /** Nearly as many bytes as the server takes. */
  readonly huge: Body;
}

/** Items that the clients add, replace and remove. */
const ids = 200;
/** Items that stay. */
const settled = 1000;
const inOneForm = 50;

export async function bodiesOf(): Promise<Bodies> {
  const small = await Promise.all(
    Array.from({ length: 64 }, async (_, i) => new Uint8Array(await noise(i, 200, 150))),
  );
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

const blob = (body: Body) => new Blob([body]);

export async function fill(address: string, { small }: Bodies): Promise<void> {
  for (let start = 0; start < settled; start += inOneForm) {
    const form = new FormData();
    const items = Array.from({ length: inOneForm }, (_, i) => ({
      id: `s${start + i}`,
      label: `label ${i % 7}`,
      metadata: { tenth: i % 10, name: `item ${start + i}` },
    }));
    for (const [i] of items.entries())
      form.append("image", blob(small[(start + i) % small.length]!));
    form.append("items", JSON.stringify(items));
    const answer = await fetch(`${address}/items`, { method: "POST", body: form });
    if (answer.status !== 201)
      throw new Error(`POST /items: ${answer.status} ${await answer.text()}`);
  }
}

/** One request of any kind. @returns what it was, and the status of its answer */
export async function ask(
  address: string,
  bodies: Bodies,
  next: () => number,
): Promise<{ what: string; status: number }> {
  const pick = (count: number) => Math.floor(next() * count);
  const body = bodies.small[pick(bodies.small.length)]!;
  const stays = `s${pick(settled)}`;
  const goes = `g${pick(ids)}`;
  const post = (path: string, sent?: BodyInit) => ({
    path,
    init: { method: "POST", body: sent ?? null },
  });
  const several = () => {
    const form = new FormData();
    form.append("image", blob(body));
    form.append("image", blob(bodies.small[0]!));
    form.append("negative", blob(bodies.small[1]!));
    form.append("k", "5");
    return form;
  };
  const anyHuge = () => {
    const form = new FormData();
    form.append("image", blob(bodies.huge));
    const { huge } = bodies;
    const words = new URLSearchParams(
      Array.from({ length: 20_000 }, (_, i) => ["where", `a${i}=1`]),
    );
    const all = [
      post("/search", huge),
      post("/search", form),
      post(`/items?id=${goes}`, huge),
      // Twenty megabytes that are no image.
      post("/search", huge.slice(1000)),
      post("/search?k=2", `x${words}`),
    ];
    return all[pick(all.length)]!;
  };
  const kinds: (() => { path: string; init?: RequestInit })[] = [
    () => post("/search", body),
    () => post("/search?k=100&minScore=0.1", body),
    () => post("/search?label=label%203&k=20", body),
    () => post("/search?where=tenth%3D7&where=name%3Ditem%207", body),
    () => post("/search", several()),
    () => post(`/search?like=${stays}&unlike=s1`),
    () => post("/embed", body),
    () => post(`/items?id=${goes}&label=new`, body),
    () => post(`/items?id=${goes}&label=new`, body),
    () => ({ path: `/items/${goes}`, init: { method: "DELETE" } }),
    () => ({ path: `/items/${stays}/similar?k=10` }),
    () => ({ path: `/items/${stays}/thumbnail` }),
    () => ({ path: `/items/${goes}/image` }),
    () => ({ path: "/items?limit=1000" }),
    () => ({ path: "/openapi.json" }),
    () => post("/search", "not an image"),
    () => post("/search?k=1000", body),
    () => post("/search", body.slice(0, body.length / 2)),
    // One in sixty: photographs take a hundred times as long as the others.
    () => (next() < 0.3 ? post("/search", bodies.large) : post("/search", body)),
    () => (next() < 0.3 ? anyHuge() : post("/search", body)),
  ];
  const { path, init } = kinds[pick(kinds.length)]!();
  const answer = await fetch(`${address}${path}`, init);
  await answer.arrayBuffer();
  return { what: `${init?.method ?? "GET"} ${path.split("?")[0]}`, status: answer.status };
}
