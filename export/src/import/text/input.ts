/** Finds the inputs of a text encoder's graph. */
import { PlumageError, type TextModel } from "@plumage/models";
import { type GraphProto, TensorProto_DataType } from "onnx-buf";
import { graphInputs, type TensorInput } from "../input.ts";

export interface TextInput {
  readonly ids: string;
  /** Undefined if the graph takes none. */
  readonly mask: string | undefined;
  /** Of BERT-like graphs: all zero for a single text. */
  readonly segments: string | undefined;
  readonly type: TextModel["input"]["type"];
  /** Tokens, if the graph says so. */
  readonly length: number | undefined;
}

const inputTypes: Readonly<Record<number, TextInput["type"]>> = {
  [TensorProto_DataType.INT32]: "int32",
  [TensorProto_DataType.INT64]: "int64",
};

/** @throws PlumageError "unsupported" if the graph takes anything but one text's tokens */
export function textInput(graph: GraphProto): TextInput {
  const inputs = graphInputs(graph);
  const named = (pattern: RegExp) => inputs.filter(({ name }) => pattern.test(name));
  const [masks, segments] = [named(/mask/i), named(/token_type|segment/i)];
  const ids = inputs.filter((input) => ![...masks, ...segments].includes(input));
  const [first] = ids;
  if (!first || ids.length > 1 || masks.length > 1) {
    const names = inputs.map(({ name }) => name).join(", ");
    throw new PlumageError(
      "unsupported",
      `the text encoder's inputs are ${names || "missing"}; it takes token ids and perhaps a mask`,
      "export the text encoder alone",
    );
  }
  const type = inputTypes[first.elemType];
  if (!type || inputs.some(({ elemType }) => inputTypes[elemType] !== type)) {
    const message = `the text encoder's input "${first.name}" is not int32 or int64, like its mask`;
    throw new PlumageError("unsupported", message, "export the text encoder with int64 inputs");
  }
  return {
    ids: first.name,
    mask: masks[0]?.name,
    segments: segments[0]?.name,
    type,
    length: lengthOf(first),
  };
}

function lengthOf({ name, sizes = [undefined, undefined] }: TensorInput): number | undefined {
  const [batch, length] = sizes;
  if (sizes.length === 2 && (batch ?? 1) === 1) return length;
  const shape = `[${sizes.map((size) => size ?? "?").join(", ")}]`;
  throw new PlumageError(
    "unsupported",
    `the text encoder's input "${name}" is ${shape}, not [N, T] token ids`,
    "export it with a batch of 1, or with a dynamic batch axis",
  );
}
