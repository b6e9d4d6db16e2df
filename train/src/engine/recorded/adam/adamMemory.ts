/**
 * Parameters, gradients and Adam's state on one stretch of WebAssembly memory, where four numbers
 * at a time are updated in a single pass (adam.wat): five times as fast as the same loop in
 * JavaScript. The formulas are program/adam.ts's, held against each other by a test.
 */
import { readFileSync } from "node:fs";
import { type AdamScalars, adamRates } from "../../../program/adam.ts";

type Values = Float32Array<ArrayBuffer>;

/** One parameter. The arrays lie in the shared memory: write into them, do not replace them. */
export interface Slot {
  readonly value: Values;
  /** Exponential moving averages of the gradient and of its square. */
  readonly expAvg: Values;
  readonly expAvgSq: Values;
  readonly gradient: Values;
}

export interface AdamMemory {
  readonly slots: readonly Slot[];
  /**
   * Updates one slot; its gradient is multiplied by `scale` first. @param decays whether weight
   * decay applies
   */
  update(slot: Slot, scale: number, scalars: AdamScalars, decays: boolean): void;
  /** Euclidean length of all gradients together. */
  gradientNorm(): number;
}

interface Program {
  update(...numbers: number[]): void;
  squares(at: number, bytes: number): number;
}

const program = new WebAssembly.Module(readFileSync(new URL("adam.wasm", import.meta.url)));
const pageBytes = 65_536;
/** The program takes four float32 numbers at a time; the places that this adds stay 0. */
const vectorBytes = 16;
const paddedBytes = (length: number): number => Math.ceil((length * 4) / vectorBytes) * vectorBytes;

/** @param lengths of the parameters, in float32 numbers; everything starts as 0 */
export function adamMemory(lengths: readonly number[]): AdamMemory {
  const bytes = lengths.reduce((sum, length) => sum + paddedBytes(length), 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * bytes) / pageBytes) });
  const { update, squares } = new WebAssembly.Instance(program, { env: { memory } })
    .exports as unknown as Program;

  // All gradients lie side by side, so that their norm is one pass.
  const starts = { value: 0, expAvg: bytes, expAvgSq: 2 * bytes, gradient: 3 * bytes };
  const view = (at: number, length: number): Values => new Float32Array(memory.buffer, at, length);
  let offset = 0;
  const slots = lengths.map((length): Slot => {
    const { value, expAvg, expAvgSq, gradient } = starts;
    const slot = {
      value: view(value + offset, length),
      expAvg: view(expAvg + offset, length),
      expAvgSq: view(expAvgSq + offset, length),
      gradient: view(gradient + offset, length),
    };
    offset += paddedBytes(length);
    return slot;
  });

  const { beta1, beta2 } = adamRates;
  return {
    slots,
    update({ value, expAvg, expAvgSq, gradient }, scale, { stepSize, epsilon, keep }, decays) {
      const addresses = [value, expAvg, expAvgSq, gradient].map(({ byteOffset }) => byteOffset);
      const shares = [beta1, (1 - beta1) * scale, beta2, (1 - beta2) * scale * scale];
      update(
        ...addresses,
        paddedBytes(value.length),
        ...shares,
        decays ? keep : 1,
        stepSize,
        epsilon,
      );
    },
    gradientNorm: () => Math.sqrt(squares(starts.gradient, bytes)),
  };
}
