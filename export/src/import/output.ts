/** Chooses the value of a graph that becomes the embedding. */
import { basename } from "node:path";
import { PlumageError } from "@plumage/models";
import { penultimate, penultimateValue } from "./classifier.ts";
import { computedValues } from "./graphs.ts";
import type { EncoderFile } from "./readEncoder.ts";

/**
 * The value to use as features.
 *
 * @param path of the graph's file
 * @param option that names the value, for error messages
 * @throws PlumageError "bad-input" if the graph leaves a choice, or has no such value
 */
export function chosenOutput(
  { model }: EncoderFile,
  path: string,
  { option, chosen }: { readonly option: string; readonly chosen: string | undefined },
): string {
  const file = basename(path);
  const outputs = model.graph.output.map(({ name }) => name);
  if (chosen === undefined && outputs.length === 1) return outputs[0]!;
  if (chosen !== undefined && computedValues(model.graph).includes(chosen)) return chosen;
  if (chosen === penultimate) return penultimateValue(model.graph, file);
  throw new PlumageError(
    "bad-input",
    chosen === undefined ? `${file} has several outputs` : `${file} computes no value "${chosen}"`,
    `use ${option} with one of: ${outputs.join(", ")}`,
  );
}
