/** Which execution provider computes: the table of those there are, and the choice among them. */
import { PlumageError } from "@plumage/models";
import { leastCosine } from "./goldens.ts";
import type { Attempt, ProviderName } from "./protocol.ts";

/** What a browser has of one provider: a detail to show and a remark on it, or what stands in the way. */
export type Availability = { readonly detail: string; readonly remark?: string } | { readonly obstacle: string };

export interface Provider {
  readonly name: ProviderName;
  /** How it is called in the page. */
  readonly title: string;
  /** @param forced whether the page was asked for this one by name */
  available(forced: boolean): Promise<Availability>;
}

/** ORT's own ceiling is four; more threads than that gain little on one small picture. */
const maxThreads = 4;

/** Threads that the runtime can use: they share memory, which only isolated pages may. */
export const threadCount = (): number =>
  globalThis.crossOriginIsolated ? Math.min(maxThreads, navigator.hardwareConcurrency || 1) : 1;

/** Best first. */
export const providers: readonly Provider[] = [
  {
    name: "webgpu",
    title: "WebGPU",
    async available(forced) {
      if (!navigator.gpu) return { obstacle: "not in this browser" };
      // navigator.gpu may be there with no adapter behind it.
      const adapter = await navigator.gpu.requestAdapter().catch(() => null);
      if (!adapter) return { obstacle: "no adapter" };
      const { vendor, architecture, isFallbackAdapter } = adapter.info;
      const detail = [vendor, architecture].filter((word) => word !== "").join(" ") || "unnamed adapter";
      // A software adapter is slower than WebAssembly.
      if (isFallbackAdapter && !forced) return { obstacle: `only in software (${detail})` };
      return { detail };
    },
  },
  {
    name: "wasm",
    title: "WebAssembly",
    async available() {
      const threads = threadCount();
      if (threads > 1) return { detail: `${threads} threads` };
      const remark = "more need a page that is isolated (COOP and COEP headers)";
      return { detail: "one thread", ...(globalThis.crossOriginIsolated ? {} : { remark }) };
    },
  },
];

/** A session that was made and measured against the goldens. */
export interface Opened<Session> {
  readonly session: Session;
  readonly cosine: number;
}

export interface Choice<Session> extends Opened<Session> {
  readonly provider: ProviderName;
  readonly detail: string;
  readonly attempts: readonly Attempt[];
}

/**
 * Takes the first provider of the table that is there, opens, and agrees with the goldens.
 *
 * @param forced this one or none
 * @param open makes a session and measures it; it releases what it made if it throws
 * @throws PlumageError "unsupported" that lists what was tried
 */
export async function choose<Session>(
  table: readonly Provider[],
  forced: ProviderName | undefined,
  open: (provider: ProviderName) => Promise<Opened<Session>>,
  release: (session: Session) => Promise<void>,
): Promise<Choice<Session>> {
  const attempts: Attempt[] = [];
  for (const { name, title, available } of table) {
    if (forced && forced !== name) continue;
    const note = (outcome: string) => attempts.push({ provider: name, outcome: `${title}: ${outcome}` });
    const found = await available(forced === name);
    if ("obstacle" in found) {
      note(found.obstacle);
      continue;
    }
    try {
      const opened = await open(name);
      // Written so that NaN is refused.
      if (opened.cosine >= leastCosine) {
        note(found.remark ? `${found.detail}; ${found.remark}` : found.detail);
        return { ...opened, provider: name, detail: found.detail, attempts };
      }
      note(`wrong results (cosine ${opened.cosine.toFixed(4)} with the known answers)`);
      await release(opened.session);
    } catch (error) {
      note((error as Error).message.split("\n", 1)[0]!);
    }
  }
  throw new PlumageError(
    "unsupported",
    `the model cannot run in this browser: ${attempts.map(({ outcome }) => outcome).join("; ")}`,
    "try a current Chrome, Edge, Firefox or Safari",
  );
}
