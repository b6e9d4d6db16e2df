/** Makes an imported encoder give the features that a head is trained on. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Descriptor, type ImportedEncoder, PlumageError, type Pooling } from "@plumage/models";
import { GraphProtoSchema, ModelProtoSchema } from "onnx-buf";
import { Graph, tensorProto, valueInfo } from "../recorder/index.ts";
import { reaching } from "./graphs.ts";
import { chooseHead } from "./head.ts";
import { opsetOf } from "./readEncoder.ts";
import { addPooling, castNode, node, ownName, protos } from "./wrap.ts";

export interface EncoderFile {
  /** An ONNX file: images uint8 [N, S, S, 3] to features float32 [N, features * channels]. */
  readonly bytes: Uint8Array;
  readonly features: Descriptor[];
  readonly channels: number;
}

const poolings: Readonly<Record<Descriptor, Pooling>> = { S: "mean", M: "max", G: "gem" };

/**
 * Replaces the embeddings of an imported encoder by its features: of a map the pooled vectors that
 * are wanted; of a vector or tokens the vector that the import chose, as S, before it is scaled to
 * unit length.
 *
 * @param embedder the fp32 file of an imported model
 * @param wanted global descriptors of a map
 * @throws PlumageError "unsupported" for a file that was not written by the import
 */
export function encoderFeatures(
  embedder: Uint8Array,
  { input, output, oneByOne }: ImportedEncoder,
  wanted: readonly Descriptor[],
): EncoderFile {
  const model = fromBinary(ModelProtoSchema, embedder);
  const graph = model.graph!;
  const value = oneByOne ? "import/features" : ownName(output.name);
  if (!graph.node.some(({ output: names }) => names.includes(value))) {
    const message = `the encoder's file has no value "${value}"`;
    throw new PlumageError("unsupported", message, "import the encoder again");
  }
  const opset = opsetOf(model);
  const head = chooseHead(output.name, [1, ...output.shape], input.layout, { pool: output.pool });
  const isMap = output.shape.length === 3;
  const features: Descriptor[] = isMap ? [...wanted] : ["S"];
  const back = new Graph();
  back.scope = "import/pooled";
  const pooled = features.map((descriptor) =>
    addPooling(
      back,
      "import/values",
      isMap ? { ...head, pool: poolings[descriptor] } : head,
      opset,
    ),
  );
  back.nodes.push(node("Concat", pooled, "features", { axis: 1 }));
  const kept = reaching(graph, value);
  const channels = head.dimension;
  const changed = create(ModelProtoSchema, {
    ...model,
    graph: create(GraphProtoSchema, {
      ...kept,
      node: [...kept.node, castNode(value, "import/values", "float32"), ...protos(back)],
      initializer: [...kept.initializer, ...back.constants.map(tensorProto)],
      input: graph.input,
      output: [
        valueInfo({
          name: "features",
          type: "float32",
          shape: ["N", features.length * channels],
        }),
      ],
    }),
  });
  return { bytes: toBinary(ModelProtoSchema, changed), features, channels };
}
