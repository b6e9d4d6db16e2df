/** Parameters of the network as inputs or initializers of a recorded model. */
import {
  logicalShape,
  type NetworkArchitecture,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import type { InputSpec } from "../recorder/index.ts";

/**
 * A parameter as an input. The function sees it in tfjs's axis order.
 *
 * @param shape in torch's axis order
 * @param filters axis order of the ONNX input, if the parameter is a filter; default torch's
 */
export const parameterInput = (
  { shape }: { readonly shape: readonly number[] },
  filters: "oihw" | "ohwi" = "oihw",
): InputSpec => ({
  shape: logicalShape(shape),
  type: "float32",
  ...(shape.length === 4 ? { layout: filters } : {}),
});

/** All parameters that have values, as initializers. */
export const parameterInputs = (
  architecture: NetworkArchitecture,
  values: ParameterValues,
): Record<string, InputSpec> =>
  Object.fromEntries(
    parameterTable(architecture).flatMap((spec) => {
      const data = values.get(spec.name);
      return data ? [[spec.name, { ...parameterInput(spec), data }] as const] : [];
    }),
  );
