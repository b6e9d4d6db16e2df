/** Which execution provider computes: the table of those there are, and the choice among them. */
import { PlumageError, type VariantName } from "@plumage/models";
import type { Attempt, Forced, ProviderName } from "../protocol.ts";

/** What a browser has of one provider, or what stands in the way. */
export type Availability =
  | {
      readonly detail: string;
      readonly remark?: string;
      /** The smallest of the model's variants that it computes well comes first. */
      readonly variants: readonly VariantName[];
      /** Why that one comes first. */
      readonly because: string;
    }
  | { readonly obstacle: string };

export interface Provider {
  readonly name: ProviderName;
  /** How it is called in the page. */
  readonly title: string;
  /** @param forced whether the page was asked for this one by name */
  available(forced: boolean): Promise<Availability>;
}

/** ORT's own ceiling is four; more threads than that gain little on one small image. */
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
      const detail =
        [vendor, architecture].filter((word) => word !== "").join(" ") || "unnamed adapter";
      // A software adapter is slower than WebAssembly.
      if (isFallbackAdapter && !forced) return { obstacle: `only in software (${detail})` };
      return adapter.features.has("shader-f16")
        ? {
            detail,
            variants: ["fp16", "fp32"],
            because: "this graphics processor computes in half floats",
          }
        : {
            detail,
            variants: ["fp32"],
            because: "this graphics processor has no half floats (shader-f16)",
          };
    },
  },
  {
    name: "wasm",
    title: "WebAssembly",
    async available() {
      const threads = threadCount();
      const computes = {
        variants: ["int8", "fp32"],
        because: "on a processor whole numbers are smallest and fastest",
      } as const;
      if (threads > 1) return { detail: `${threads} threads`, ...computes };
      const remark = "more need a page that is isolated (COOP and COEP headers)";
      return {
        detail: "one thread",
        ...(globalThis.crossOriginIsolated ? {} : { remark }),
        ...computes,
      };
    },
  },
];

/** One way to compute. */
export interface Candidate {
  readonly provider: ProviderName;
  readonly variant: VariantName;
  readonly title: string;
  readonly detail: string;
  readonly remark: string | undefined;
  readonly because: string;
}

/** What can be tried here, best first, and what cannot. */
export interface Survey {
  readonly candidates: readonly Candidate[];
  readonly obstacles: readonly Attempt[];
}

/** @param shipped the variants that the build has */
export async function survey(
  table: readonly Provider[],
  forced: Forced,
  shipped: readonly VariantName[],
): Promise<Survey> {
  const candidates: Candidate[] = [];
  const obstacles: Attempt[] = [];
  for (const { name: provider, title, available } of table) {
    if (forced.provider && forced.provider !== provider) continue;
    const found = await available(forced.provider === provider);
    if ("obstacle" in found) {
      obstacles.push({ provider, outcome: `${title}: ${found.obstacle}` });
      continue;
    }
    const { detail, remark, variants, because } = found;
    for (const variant of forced.variant ? [forced.variant] : variants) {
      const reason = forced.variant
        ? "the address asks for it"
        : variant === variants[0]
          ? because
          : `this page has no ${variants[0]}, or it failed`;
      if (shipped.includes(variant))
        candidates.push({ provider, variant, title, detail, remark, because: reason });
    }
  }
  return { candidates, obstacles };
}

/** A session that was made and measured against goldens. */
export interface Opened<Session> {
  readonly session: Session;
  readonly cosine: number;
  /** The cosine that it must have. */
  readonly least: number;
}

export interface Choice<Session> extends Opened<Session> {
  readonly candidate: Candidate;
  readonly attempts: readonly Attempt[];
}

/** What is said of results that are not the goldens'. */
export const wrongResults = (cosine: number): string =>
  `wrong results (cosine ${cosine.toFixed(4)} with the known answers)`;

const attempt = ({ provider, title, variant }: Candidate, outcome: string): Attempt => ({
  provider,
  outcome: `${title}, ${variant}: ${outcome}`,
});

/** What is left to try after a choice that turned out to be a bad one. */
export const surveyAfter = (
  { candidates }: Survey,
  { candidate, attempts }: Pick<Choice<unknown>, "candidate" | "attempts">,
  outcome: string,
): Survey => ({
  candidates: candidates.slice(candidates.indexOf(candidate) + 1),
  obstacles: [...attempts.slice(0, -1), attempt(candidate, outcome)],
});

/**
 * Takes the first candidate that opens and agrees with the goldens.
 *
 * @param open makes a session and measures it; it releases what it made if it throws
 * @throws PlumageError "unsupported" that lists what was tried; a download's own where one failed
 */
export async function choose<Session>(
  { candidates, obstacles }: Survey,
  open: (candidate: Candidate) => Promise<Opened<Session>>,
  release: (session: Session) => Promise<void>,
): Promise<Choice<Session>> {
  const attempts = [...obstacles];
  let download: PlumageError | undefined;
  for (const candidate of candidates) {
    const { detail, remark } = candidate;
    const note = (outcome: string) => attempts.push(attempt(candidate, outcome));
    try {
      const opened = await open(candidate);
      // Written so that NaN is refused.
      if (opened.cosine >= opened.least) {
        note(remark ? `${detail}; ${remark}` : detail);
        return { ...opened, candidate, attempts };
      }
      note(wrongResults(opened.cosine));
      await release(opened.session);
    } catch (error) {
      if (error instanceof PlumageError) download ??= error;
      note((error as Error).message.split("\n", 1)[0]!);
    }
  }
  if (download) throw download;
  throw new PlumageError(
    "unsupported",
    `the model cannot run in this browser: ${attempts.map(({ outcome }) => outcome).join("; ")}`,
    "try a current Chrome, Edge, Firefox or Safari",
  );
}
