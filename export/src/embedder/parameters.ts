/** Parameters as inputs or constants of a recorded model. */
import {
  type Architecture,
  logicalShape,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import type { InputSpec } from "../recorder/recordModel.ts";

/**
 * A parameter as a graph input, in tfjs's axis order.
 *
 * @param shape torch's
 * @param filters the physical layout of filters; torch's where not given
 */
export const parameterInput = (
  { shape }: { readonly shape: readonly number[] },
  filters: "oihw" | "ohwi" = "oihw",
): InputSpec => ({
  shape: logicalShape(shape),
  type: "float32",
  ...(shape.length === 4 ? { layout: filters } : {}),
});

/** All of a network's parameters that have values, as constants. */
export const parameterInputs = (
  architecture: Architecture,
  values: ParameterValues,
): Record<string, InputSpec> =>
  Object.fromEntries(
    parameterTable(architecture).flatMap((spec) => {
      const data = values.get(spec.name);
      return data ? [[spec.name, { ...parameterInput(spec), data }] as const] : [];
    }),
  );
