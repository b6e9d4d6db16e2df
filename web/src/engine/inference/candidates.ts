/** The combinations of provider and variant that a browser can run, and the choice among them. */
import { PlumageError, type VariantName } from "@plumage/models";
import type { Provider, ProviderName } from "./providers.ts";

/** What the page's URL requests by name; by default the best that works. */
export interface RuntimeOverrides {
  readonly provider?: ProviderName | undefined;
  readonly variant?: VariantName | undefined;
}

/** A variant of the model on one provider. */
export interface Candidate {
  readonly provider: ProviderName;
  readonly variant: VariantName;
  /** The provider's display name. */
  readonly title: string;
  readonly detail: string;
  readonly note: string | undefined;
  /** Why this variant was chosen. */
  readonly reason: string;
}

/** A provider that was tried, and how it went. */
export interface Attempt {
  readonly provider: ProviderName;
  readonly outcome: string;
}

export interface Candidates {
  /** Still to be tried, the best first. */
  readonly candidates: readonly Candidate[];
  /** Providers and candidates that were ruled out. */
  readonly rejected: readonly Attempt[];
}

/** @param shipped the variants in this build */
export async function findCandidates(
  providers: readonly Provider[],
  overrides: RuntimeOverrides,
  shipped: readonly VariantName[],
): Promise<Candidates> {
  const candidates: Candidate[] = [];
  const rejected: Attempt[] = [];
  for (const { name: provider, title, detect } of providers) {
    if (overrides.provider && overrides.provider !== provider) continue;
    const found = await detect(overrides.provider === provider);
    if ("obstacle" in found) {
      rejected.push({ provider, outcome: `${title}: ${found.obstacle}` });
      continue;
    }
    const { detail, note, variants } = found;
    for (const variant of overrides.variant ? [overrides.variant] : variants) {
      const reason = overrides.variant
        ? "requested by the URL"
        : variant === variants[0]
          ? found.reason
          : `this page has no ${variants[0]} variant, or it failed`;
      if (shipped.includes(variant))
        candidates.push({ provider, variant, title, detail, note, reason });
    }
  }
  return { candidates, rejected };
}

/** A session that was compared with the goldens. */
export interface CheckedSession<Session> {
  readonly session: Session;
  /** The smallest cosine to a golden embedding. */
  readonly cosine: number;
  /** The cosine that the session must reach. */
  readonly minCosine: number;
}

export interface Choice<Session> extends CheckedSession<Session> {
  readonly candidate: Candidate;
  /** Everything that was tried, the chosen candidate last. */
  readonly attempts: readonly Attempt[];
}

export const wrongResults = (cosine: number): string =>
  `wrong results (cosine ${cosine.toFixed(4)} to the reference embeddings)`;

const attempt = ({ provider, title, variant }: Candidate, outcome: string): Attempt => ({
  provider,
  outcome: `${title}, ${variant}: ${outcome}`,
});

/** The candidates that remain after a choice has failed. @param outcome why it failed */
export const candidatesAfter = (
  { candidates }: Candidates,
  { candidate, attempts }: Pick<Choice<unknown>, "candidate" | "attempts">,
  outcome: string,
): Candidates => ({
  candidates: candidates.slice(candidates.indexOf(candidate) + 1),
  rejected: [...attempts.slice(0, -1), attempt(candidate, outcome)],
});

/**
 * Chooses the first candidate that opens and agrees with the goldens.
 *
 * @param open creates a session and checks it; releases the session if it throws
 * @throws PlumageError "unsupported" with a list of what was tried; if a download failed, its error
 */
export async function chooseCandidate<Session>(
  { candidates, rejected }: Candidates,
  open: (candidate: Candidate) => Promise<CheckedSession<Session>>,
  release: (session: Session) => Promise<void>,
): Promise<Choice<Session>> {
  const attempts = [...rejected];
  let downloadError: PlumageError | undefined;
  for (const candidate of candidates) {
    const { detail, note } = candidate;
    const record = (outcome: string) => attempts.push(attempt(candidate, outcome));
    try {
      const checked = await open(candidate);
      // NaN fails this comparison.
      if (checked.cosine >= checked.minCosine) {
        record(note ? `${detail}; ${note}` : detail);
        return { ...checked, candidate, attempts };
      }
      record(wrongResults(checked.cosine));
      await release(checked.session);
    } catch (error) {
      if (error instanceof PlumageError) downloadError ??= error;
      record((error as Error).message.split("\n", 1)[0]!);
    }
  }
  if (downloadError) throw downloadError;
  throw new PlumageError(
    "unsupported",
    `the model cannot run in this browser: ${attempts.map(({ outcome }) => outcome).join("; ")}`,
    "use a current version of Chrome, Edge, Firefox or Safari",
  );
}
