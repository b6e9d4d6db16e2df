import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame, expectSameGradients } from "../../../test/oracle.ts";

const transposes = [false, true].flatMap((a) => [false, true].map((b) => ({ a, b })));

describe.each([{ batch: [] }, { batch: [1] }, { batch: [3] }, { batch: [2, 3] }])(
  "batch $batch",
  ({ batch }) => {
    test.each(transposes)("BatchMatMul, transposed $a and $b", ({ a, b }) =>
      expectSameGradients(
        (x, y) => tf.matMul(x, y, a, b),
        [
          { shape: [...batch, ...(a ? [4, 2] : [2, 4])] },
          { shape: [...batch, ...(b ? [5, 4] : [4, 5])] },
        ],
      ),
    );
  },
);

test("Softmax", () => expectSameGradients((x) => tf.softmax(x), [{ shape: [4, 6] }]));
test("LogSoftmax", () => expectSameGradients((x) => tf.logSoftmax(x), [{ shape: [4, 6] }]));
test("TopK", () =>
  expectSame(
    ({ x }) => {
      const { values, indices } = tf.topk(x!, 3);
      return { values, indices };
    },
    { x: { shape: [4, 9] } },
  ));
