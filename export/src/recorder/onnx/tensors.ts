/**
 * The constants of any ONNX file, as float32 tensors by name: weights that another tool has
 * exported.
 */
import { readFile } from "node:fs/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { decodeFloat16, PlumageError } from "@plumage/models";
import type { NamedTensors } from "@plumage/models/node";
import {
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "onnx-buf";

/** Tensors of other types are not weights, and are left out. */
function floats({
  dataType,
  rawData,
  floatData,
  dataLocation,
}: TensorProto): Float32Array<ArrayBuffer> | undefined {
  if (dataLocation === TensorProto_DataLocation.EXTERNAL) return undefined;
  // Copies: the file's own bytes are not aligned.
  if (dataType === TensorProto_DataType.FLOAT) {
    return floatData.length > 0
      ? Float32Array.from(floatData)
      : new Float32Array(Uint8Array.from(rawData).buffer);
  }
  return dataType === TensorProto_DataType.FLOAT16
    ? decodeFloat16(Uint8Array.from(rawData))
    : undefined;
}

/** @throws PlumageError "bad-file" for a file that is none or holds no weights */
export async function readOnnxTensors(path: string): Promise<NamedTensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  let initializers: TensorProto[];
  try {
    initializers = fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? [];
  } catch (cause) {
    throw new PlumageError("bad-file", `${path} is no ONNX file, or is damaged`, undefined, {
      cause,
    });
  }
  const tensors = initializers.flatMap((tensor) => {
    const data = floats(tensor);
    return data ? [[tensor.name, { shape: tensor.dims.map(Number), data }] as const] : [];
  });
  if (tensors.length > 0) return new Map(tensors);
  throw new PlumageError(
    "bad-file",
    `${path} holds no weights`,
    "export it with its weights inside",
  );
}
