/** Reads the weights of any ONNX file, such as one that another tool exported. */
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

/** A float32 or float16 tensor as float32. Undefined for other types and for external data. */
function floats({
  dataType,
  rawData,
  floatData,
  dataLocation,
}: TensorProto): Float32Array<ArrayBuffer> | undefined {
  if (dataLocation === TensorProto_DataLocation.EXTERNAL) return undefined;
  // Copied: the file's bytes are not aligned for typed arrays.
  if (dataType === TensorProto_DataType.FLOAT) {
    return floatData.length > 0
      ? Float32Array.from(floatData)
      : new Float32Array(Uint8Array.from(rawData).buffer);
  }
  return dataType === TensorProto_DataType.FLOAT16
    ? decodeFloat16(Uint8Array.from(rawData))
    : undefined;
}

/**
 * Reads the initializers of an ONNX file as float32 tensors by name.
 *
 * @throws PlumageError "bad-file" if the file is unreadable, is not ONNX, or has no float weights
 */
export async function readOnnxTensors(path: string): Promise<NamedTensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  let initializers: TensorProto[];
  try {
    initializers = fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? [];
  } catch (cause) {
    throw new PlumageError("bad-file", `${path} is not a valid ONNX file`, undefined, {
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
    `${path} contains no float weights`,
    "export the model with its weights in the same file",
  );
}
