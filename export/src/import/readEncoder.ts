/** Reads an ONNX file that another tool wrote, with its external data. */
import { open, readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { PlumageError, unreadable } from "@plumage/models";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
} from "onnx-buf";

/** Below it, operators that the wrapper adds (Scan, Max) have other forms. */
const oldestOpset = 9;
/** Protobuf's limit for one file. */
const maxBytes = 2 ** 31 - 1;

export interface EncoderFile {
  /** All weights are inside. */
  readonly model: ModelProto & { readonly graph: GraphProto };
  /** The .onnx file as it is on disk. */
  readonly bytes: Uint8Array;
  readonly opset: number;
}

/**
 * @param path absolute
 * @throws PlumageError "bad-file" if the file or its external data is missing or damaged,
 * "unsupported" for an opset that is too old or weights beyond 2 GB
 */
export async function readEncoder(path: string): Promise<EncoderFile> {
  const bytes = await readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  let model: ModelProto | undefined;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    // Not protobuf at all; the check below reports it.
  }
  const { graph } = model ?? {};
  if (!model || !graph || graph.node.length === 0)
    throw new PlumageError("bad-file", `${path} is not an ONNX model`);
  const opset = opsetOf(model);
  if (opset < oldestOpset) {
    const message = `${basename(path)} is in opset ${opset}, older than ${oldestOpset}`;
    const hint = "convert it: onnx.version_converter.convert_version(model, 17)";
    throw new PlumageError("unsupported", message, hint);
  }
  await readExternalData(path, [...tensorsOf(graph)], bytes.length);
  return { model: { ...model, graph }, bytes, opset };
}

/** The version of ONNX's own operators. */
/** The version of the standard operators. */
export const opsetOf = ({ opsetImport }: ModelProto): number =>
  Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0);

/** Initializers and constants, also those of subgraphs. */
function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer;
  for (const { attribute } of graph.node) {
    for (const { t, tensors, g, graphs } of attribute) {
      if (t) yield t;
      yield* tensors;
      for (const inner of g ? [g, ...graphs] : graphs) yield* tensorsOf(inner);
    }
  }
}

/** Moves external data into the tensors. @param fileBytes size of the .onnx file */
async function readExternalData(
  path: string,
  tensors: readonly TensorProto[],
  fileBytes: number,
): Promise<void> {
  const external = tensors.filter(
    ({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL,
  );
  let total = fileBytes;
  for (const tensor of external) {
    const entry = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    const file = besideModel(path, entry.get("location") ?? "");
    const offset = Number(entry.get("offset") ?? 0);
    const length = entry.has("length") ? Number(entry.get("length")) : undefined;
    tensor.rawData = await readPart(file, offset, length, tensor.name, maxBytes - total);
    total += tensor.rawData.length;
    tensor.dataLocation = TensorProto_DataLocation.DEFAULT;
    tensor.externalData = [];
  }
}

/** @throws PlumageError "bad-file" for a location outside the model's folder */
function besideModel(path: string, location: string): string {
  const folder = dirname(path);
  const file = resolve(folder, location);
  const inside = relative(folder, file);
  // On Windows the path to another drive is absolute.
  if (inside !== "" && inside.split(sep)[0] !== ".." && !isAbsolute(inside)) return file;
  const message = `${basename(path)} refers to weights outside its folder: "${location}"`;
  throw new PlumageError("bad-file", message, "save the model again with its data beside it");
}

async function readPart(
  path: string,
  offset: number,
  length: number | undefined,
  tensor: string,
  room: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(path).catch((cause) => {
    throw unreadable(path, cause, "keep the model's data files beside its .onnx file");
  });
  try {
    const { size } = await handle.stat();
    const bytes = length ?? size - offset;
    if (bytes > room) {
      const message = `${basename(path)}: the weights take more than 2 GB`;
      throw new PlumageError("unsupported", message, "import a smaller encoder");
    }
    if (!(offset >= 0 && bytes >= 0 && offset + bytes <= size)) {
      const message = `${path} is too short for tensor ${tensor}`;
      throw new PlumageError("bad-file", message, "copy the model's files again");
    }
    const data = new Uint8Array(bytes);
    await handle.read(data, 0, bytes, offset);
    return data;
  } finally {
    await handle.close();
  }
}
