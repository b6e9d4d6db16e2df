/** Reads the weights of any ONNX file, such as one that another tool exported. */
import { readFile } from "node:fs/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { type ElementType, elementTypes, PlumageError, unreadable } from "@plumage/models";
import type { StoredTensor, StoredTensors } from "@plumage/models/node";
import {
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "onnx-buf";

/** Element types of weights; other tensors (shapes, axes) are passed over. */
const floatTypes: Readonly<Partial<Record<TensorProto_DataType, ElementType>>> = {
  [TensorProto_DataType.FLOAT]: elementTypes.float32,
  [TensorProto_DataType.DOUBLE]: elementTypes.float64,
  [TensorProto_DataType.FLOAT16]: elementTypes.float16,
  [TensorProto_DataType.BFLOAT16]: elementTypes.bfloat16,
};

/** The numbers as the file has them: as bytes, or in the field of their type. */
function valuesOf(
  { rawData, floatData, doubleData, int32Data }: TensorProto,
  { decode, bytes }: ElementType,
): Float32Array<ArrayBuffer> {
  if (rawData.length > 0) {
    const whole = rawData.length - (rawData.length % bytes);
    return decode(rawData.subarray(0, whole));
  }
  // 16-bit floats are in the lower halves of int32Data (onnx.proto, TensorProto.int32_data).
  if (bytes === 2) return decode(new Uint8Array(Uint16Array.from(int32Data).buffer));
  return Float32Array.from(bytes === 8 ? doubleData : floatData);
}

const stored = (path: string, tensor: TensorProto, type: ElementType): StoredTensor => {
  const shape = tensor.dims.map(Number);
  return {
    shape,
    async read() {
      const values = valuesOf(tensor, type);
      if (values.length === shape.reduce((product, size) => product * size, 1)) return values;
      const message = `${path}: tensor ${tensor.name} has ${values.length} values`;
      throw new PlumageError("bad-file", message, "the file is damaged: export the model again");
    },
  };
};

/**
 * Reads an ONNX file, whose initializers become tensors by name.
 *
 * @throws PlumageError "bad-file" if the file is unreadable, is not ONNX, or has no float weights
 */
export async function openOnnxTensors(path: string): Promise<StoredTensors> {
  const bytes = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  let initializers: TensorProto[];
  try {
    initializers = fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? [];
  } catch (cause) {
    throw new PlumageError("bad-file", `${path} is not a valid ONNX file`, undefined, { cause });
  }
  const tensors = initializers.flatMap((tensor) => {
    const type = floatTypes[tensor.dataType as TensorProto_DataType];
    const isInside = tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL;
    return type && isInside ? [[tensor.name, stored(path, tensor, type)] as const] : [];
  });
  if (tensors.length > 0) return new Map(tensors);
  throw new PlumageError(
    "bad-file",
    `${path} contains no float weights`,
    "export the model with its weights in the same file",
  );
}
