/** SHA-256 digests of a run's state, to compare states bit by bit. */
import type { ParameterValues } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import type { TrainingState } from "../src/engine/engine.ts";

/** A digest of each parameter. */
export const digests = (values: ParameterValues): Record<string, string> =>
  Object.fromEntries(
    [...values].map(([name, { buffer, byteOffset, byteLength }]) => [
      name,
      sha256(new Uint8Array(buffer, byteOffset, byteLength)),
    ]),
  );

export const stateDigests = ({
  iteration,
  parameters,
  average,
  expAvg,
  expAvgSq,
}: TrainingState) => ({
  iteration,
  parameters: digests(parameters),
  ...(average ? { average: digests(average) } : {}),
  expAvg: digests(expAvg),
  expAvgSq: digests(expAvgSq),
});
