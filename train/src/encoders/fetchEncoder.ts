/** Downloads the files of a well-known encoder once, and verifies their lengths and digests. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TextSource } from "@plumage/export/import";
import { PlumageError } from "@plumage/models";
import { optionFlag } from "@plumage/models/cli";
import { repositoryRoot, sha256File } from "@plumage/models/node";
import { z } from "zod";
import { download, sizeOnServer } from "../data/files/download.ts";
import { type HubFile, type KnownEncoder, type KnownText, megabytes } from "./encoderTable.ts";

export interface FetchOptions {
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where downloads stay. Default: train/data/encoders. */
  readonly folder?: string;
  /** Address of Hugging Face or a mirror. Default: HF_ENDPOINT, or huggingface.co. */
  readonly endpoint?: string;
}

/**
 * Returns the path of an encoder's file, after downloading it if it is missing or damaged. Names
 * the license first.
 *
 * @throws PlumageError "unavailable" without a connection, "bad-file" if length or digest differ,
 * "bad-input" for an HF_ENDPOINT that is no address
 */
export function fetchEncoder(
  name: string,
  encoder: KnownEncoder,
  options: FetchOptions,
): Promise<string> {
  options.print(`${name} is under ${encoder.license.name} (${encoder.license.source})`);
  const flags = flagsOf(encoder.choices);
  const hint =
    `get the file elsewhere and replace --model by --onnx FILE ${flags}, ` +
    "or set HF_ENDPOINT to a mirror";
  return fetchFile(`${name}.onnx`, encoder, encoder, hint, options);
}

/**
 * Returns the text encoder that belongs to an encoder, after downloading missing or damaged files.
 *
 * @throws PlumageError as fetchEncoder
 */
export async function fetchText(
  name: string,
  encoder: Pick<KnownEncoder, "repository" | "revision">,
  { onnx, tokenizer, choices }: KnownText,
  options: FetchOptions,
): Promise<TextSource> {
  const hint =
    "leave it out with --no-text, or get the files elsewhere and add --text-onnx FILE " +
    `--tokenizer FILE ${flagsOf(choices)}`;
  const fetch = (file: string, from: HubFile) => fetchFile(file, encoder, from, hint, options);
  return {
    path: await fetch(`${name}.text.onnx`, onnx),
    tokenizer: await fetch(`${name}.tokenizer.json`, tokenizer),
    ...choices,
  };
}

/** @param hint what to do without a download */
async function fetchFile(
  name: string,
  { repository, revision }: Pick<KnownEncoder, "repository" | "revision">,
  file: HubFile,
  hint: string,
  {
    print,
    signal,
    folder = join(repositoryRoot(), "train", "data", "encoders"),
    endpoint = hubEndpoint(process.env.HF_ENDPOINT),
  }: FetchOptions,
): Promise<string> {
  const path = join(folder, name);
  if (existsSync(path) && (await isIntact(path, file))) return path;
  const url = `${endpoint}/${repository}/resolve/${revision}/${file.file}`;
  const options = { title: `downloading ${name}`, hint, signal };
  const bytes = await sizeOnServer({ url }, options);
  if (file.bytes !== undefined && bytes !== file.bytes) {
    const message = `${url} has ${bytes} bytes, not ${file.bytes}`;
    throw new PlumageError("bad-file", message, options.hint);
  }
  const hex = file.sha256 ?? (await linkedDigest(url, signal));
  print(
    `downloading ${url} (${megabytes(bytes)}; ` +
      "press Ctrl-C to stop, run the same command to continue)",
  );
  if (!hex) print("the server reports no digest: only the length of the file is checked");
  const digest = hex ? { digest: { algorithm: "sha256" as const, hex } } : {};
  await download({ url, bytes, ...digest }, path, options);
  return path;
}

const isIntact = async (path: string, { sha256 }: HubFile): Promise<boolean> =>
  sha256 === undefined || (await sha256File(path)) === sha256;

/**
 * Address that downloads start with: the variable of huggingface_hub.
 *
 * @throws PlumageError "bad-input" for text that is no http address
 */
export function hubEndpoint(text: string | undefined): string {
  if (!text) return "https://huggingface.co";
  if (z.url({ protocol: /^https?$/ }).safeParse(text).success) return text.replace(/\/+$/, "");
  throw new PlumageError(
    "bad-input",
    `HF_ENDPOINT=${text}: use an address, such as https://huggingface.co`,
    "set it to a mirror of Hugging Face, or unset it",
  );
}

/**
 * The SHA-256 of a large file, which Hugging Face sends before it redirects to the storage
 * (huggingface_hub's get_hf_file_metadata). Undefined if the server does not.
 */
async function linkedDigest(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { headers } = await fetch(url, { method: "HEAD", redirect: "manual", signal });
  return /^"?([0-9a-f]{64})"?$/.exec(headers.get("x-linked-etag") ?? "")?.[1];
}

/** Choices as options of a command line. */
const flagsOf = (choices: object): string =>
  Object.entries(choices)
    .map(([option, value]) => `${optionFlag(option)} ${value}`)
    .join(" ");
