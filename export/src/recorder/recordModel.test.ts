import "../../test/oracle.ts";
import { fromBinary } from "@bufbuild/protobuf";
import { PlumageError } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { opset } from "./onnx/serialize.ts";
import { type InputSpec, recordModel } from "./recordModel.ts";

const x: InputSpec = { shape: [2, 3], type: "float32" };
const record = (fn: (x: tf.Tensor) => tf.Tensor, input: InputSpec = x) =>
  recordModel(({ x }) => ({ y: fn(x!) }), { x: input }, { name: "test" });

async function run(bytes: Uint8Array, feeds: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const outputs = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => [
      name,
      { data: [...(data as Float32Array)], dims },
    ]),
  );
}
const floats = (values: number[], dims: number[]) =>
  new ort.Tensor("float32", Float32Array.from(values), dims);

/** The PlumageError that recording throws. The caller's backend must be active again. */
function recordingError(fn: (x: tf.Tensor) => tf.Tensor, input: InputSpec = x): PlumageError {
  try {
    record(fn, input);
  } catch (error) {
    expect(error).toBeInstanceOf(PlumageError);
    expect(tf.getBackend()).toBe("cpu");
    return error as PlumageError;
  }
  throw new Error("the function was recorded");
}

describe("a recorded model", () => {
  test("has the specified inputs, outputs and metadata", async () => {
    const model = recordModel(
      ({ a, b, c }) => ({ sum: tf.add(a!, b!), triple: tf.mul(c!, tf.scalar(3, "int32")) }),
      {
        a: { shape: ["N", 3], type: "float32" },
        unused: { shape: [7], type: "float32" },
        b: { shape: [3], type: "float32", data: Float32Array.of(10, 20, 30) },
        c: { shape: [2], type: "int32" },
      },
      { name: "ports", metadata: { licence: "CC BY 4.0" } },
    );
    expect(model.inputs).toEqual([
      { name: "a", type: "float32", shape: ["N", 3] },
      { name: "c", type: "int32", shape: [2] },
    ]);
    expect(model.outputs).toEqual([
      { name: "sum", type: "float32", shape: ["N", 3] },
      { name: "triple", type: "int32", shape: [2] },
    ]);
    const file = fromBinary(ModelProtoSchema, model.bytes);
    expect(file.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ["licence", "CC BY 4.0"],
    ]);
    expect(file.opsetImport.map(({ version }) => Number(version))).toEqual([opset]);
    const c = new ort.Tensor("int32", Int32Array.of(5, -1), [2]);
    expect(await run(model.bytes, { a: floats([1, 2, 3], [1, 3]), c })).toEqual({
      sum: { data: [11, 22, 33], dims: [1, 3] },
      triple: { data: [15, -3], dims: [2] },
    });
  });

  test("contains only nodes that its outputs depend on, and equal nodes once", () => {
    const { nodes } = record((x) => {
      tf.exp(x);
      return tf.add(tf.relu(x), tf.relu(x));
    });
    // Relu, Add, and the Identity that names the output.
    expect(nodes).toBe(3);
  });

  test("accepts any value of a symbolic size", async () => {
    const model = record((x) => tf.softmax(tf.reshape(tf.mul(x, 2), [-1, 2])), {
      shape: ["N", 4],
      type: "float32",
    });
    expect(model.outputs[0]!.shape).toEqual([null, 2]);
    for (const count of [1, 3, 7919]) {
      const { y } = await run(model.bytes, { x: floats(Array(count * 4).fill(0.5), [count, 4]) });
      expect(y!.dims).toEqual([2 * count, 2]);
      expect(new Set(y!.data)).toEqual(new Set([0.5]));
    }
  });

  test("reads and writes filters in torch's order if the layout says so", async () => {
    const { bytes } = recordModel(
      ({ filter }) => ({
        y: tf.mul(filter!, 2),
        first: tf.slice(filter!, [0, 1, 0, 0], [1, 1, 2, 3]),
      }),
      { filter: { shape: [2, 2, 2, 3], type: "float32", layout: "oihw" } },
      { name: "layouts", outputLayouts: { y: "oihw" } },
    );
    // The value at [o, i, h, w] is its own offset.
    const values = Array.from({ length: 24 }, (_, at) => at);
    const { y, first } = await run(bytes, { filter: floats(values, [3, 2, 2, 2]) });
    expect(y).toEqual({ data: values.map((value) => 2 * value), dims: [3, 2, 2, 2] });
    // [h 0, w 1, i, o], with strides o 8, i 4, h 2, w 1.
    expect(first).toEqual({ data: [1, 9, 17, 5, 13, 21], dims: [1, 1, 2, 3] });
  });
});

describe("throws", () => {
  test.each([
    ["dataSync", (y: tf.Tensor) => y.dataSync()],
    ["arraySync", (y: tf.Tensor) => y.arraySync()],
    ["print", (y: tf.Tensor) => y.print()],
  ])("if %s reads a tensor, and names the kernel that produced it", (_, read) => {
    const { code, message, hint } = recordingError((x) => {
      const y = tf.tanh(x);
      read(y);
      return y;
    });
    expect({ code, message }).toEqual({
      code: "unsupported",
      message:
        "a tensor was read while recording (the output of kernel Tanh): nothing is computed yet",
    });
    expect(hint).toContain("branches on values");
  });

  test("if an input is read; a constant is readable", () => {
    expect(recordingError((x) => tf.mul(x, x.dataSync()[0]!)).message).toContain(
      "the output of kernel Input",
    );
    expect(record((x) => tf.mul(x, tf.scalar(3).dataSync()[0]!)).nodes).toBe(2);
  });

  test("for a kernel without a lowering, and says where to add one", () => {
    const { code, message, hint } = recordingError((x) => tf.cumsum(x));
    expect({ code, message }).toEqual({
      code: "unsupported",
      message: "kernel Cumsum has no lowering to ONNX",
    });
    expect(hint).toContain("export/src/recorder/kernels");
  });

  test("for a kernel without a lowering that only a gradient uses", () => {
    const input: InputSpec = { shape: [1, 3, 3, 1], type: "float32" };
    const forward = (x: tf.Tensor) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, "valid");
    expect(record(forward, input).nodes).toBeGreaterThan(0);
    expect(recordingError((x) => tf.grad(forward)(x), input).message).toMatch(
      /^kernel DepthwiseConv2dNativeBackprop\w+ has no lowering to ONNX$/,
    );
  });

  const symbolic: InputSpec = { shape: ["N", 3], type: "float32" };
  test.each<[string, string, (x: tf.Tensor) => tf.Tensor]>([
    [
      "a fill",
      "kernel Fill cannot be recorded with a symbolic size",
      (x) => tf.add(x, tf.fill(x.shape as [number], 2)),
    ],
    ["a slice", "kernel Slice cannot be recorded with a symbolic size", (x) => tf.slice(x, [1, 0])],
  ])("if %s would need a symbolic size as a number", (_, message, fn) => {
    expect(recordingError(fn, symbolic)).toMatchObject({
      code: "unsupported",
      message,
      hint: "record with a fixed size",
    });
  });

  test("for a reshape to two symbolic sizes", () => {
    const input: InputSpec = { shape: ["N", "M", 4], type: "float32" };
    const reshape = (x: tf.Tensor) => tf.reshape(x, [x.shape[0]!, x.shape[1]!, 2, 2]);
    expect(recordingError(reshape, input).message).toBe(
      "cannot reshape to [N,M,2,2]: two sizes are symbolic",
    );
  });

  test("for more than four symbolic sizes", () => {
    const input: InputSpec = { shape: ["A", "B", "C", "D", "E"], type: "float32" };
    expect(recordingError(tf.relu, input).message).toBe(
      "a recording can have at most 4 symbolic sizes",
    );
  });

  test("for nested recordings", () => {
    expect(
      recordingError((x) => {
        record(tf.relu);
        return x;
      }).message,
    ).toBe("recordings cannot be nested");
  });

  test("for an output with the name of an input", () => {
    const same = () =>
      recordModel(
        ({ x }) => ({ x: tf.relu(x!) }),
        { x: { shape: [2], type: "float32" } },
        { name: "same" },
      );
    expect(same).toThrow('"x" is both an input and an output');
  });

  test("for a tensor of another recording", () => {
    let foreign!: tf.Tensor;
    record((x) => {
      foreign = tf.keep(tf.relu(x));
      return tf.relu(x);
    });
    expect(recordingError((x) => tf.add(x, foreign)).message).toBe(
      "a tensor of another recording was used",
    );
  });

  test("the function's own errors, and records again afterwards", () => {
    expect(() =>
      record(() => {
        throw new RangeError("from the function");
      }),
    ).toThrow(new RangeError("from the function"));
    expect(tf.getBackend()).toBe("cpu");
    expect(record(tf.relu).nodes).toBe(2);
    expect(tf.relu(tf.tensor1d([-1, 2])).arraySync()).toEqual([0, 2]);
  });
});

test("a recording leaks no tensors", () => {
  const before = tf.memory().numTensors;
  recordModel(
    ({ x }) => {
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.square(tf.relu(x))))(x!);
      return { value, grad };
    },
    { x },
    { name: "leak" },
  );
  expect(tf.memory().numTensors).toBe(before);
});
