/** A client for the search server's answers to an image or words, as far as the tests need them. */
import { z } from "zod";
import type { Hit } from "../agreement/compare.ts";

const embedSchema = z.object({ embedding: z.array(z.number()), pixelsSha256: z.string() });
const searchSchema = z.object({
  results: z.array(z.object({ id: z.string(), label: z.string(), score: z.number() })),
});

async function post<T extends z.ZodType>(
  url: string,
  schema: T,
  image?: Buffer,
  type?: string,
): Promise<z.infer<T>> {
  const response = await fetch(url, {
    method: "POST",
    ...(image ? { body: new Uint8Array(image) } : {}),
    ...(type ? { headers: { "content-type": type } } : {}),
  });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
  return schema.parse(await response.json());
}

/** POST /embed: the embedding, and the digest of the network's input pixels. */
export const embed = (server: string, image: Buffer, type: string) =>
  post(`${server}/embed`, embedSchema, image, type);

/** POST /search: the k nearest items, best first. */
export const search = async (
  server: string,
  image: Buffer,
  type: string,
  k: number,
): Promise<Hit[]> => (await post(`${server}/search?k=${k}`, searchSchema, image, type)).results;

/** POST /search by words. */
export const searchByText = async (server: string, text: string, k: number): Promise<Hit[]> =>
  (await post(`${server}/search?k=${k}&text=${encodeURIComponent(text)}`, searchSchema)).results;
