/**
 * Adam in WebAssembly (adam.wat): parameters, gradients and Adam's state are in one memory and are
 * updated in a single SIMD pass, five times as fast as a loop in JavaScript. Same formulas as
 * program/adam.ts; both are tested against the same reference.
 */
import { readFileSync } from "node:fs";
import { type AdamScalars, adamRates } from "../../../program/adam.ts";

type Values = Float32Array<ArrayBuffer>;

/** One parameter. The arrays are views of WebAssembly memory: write into them. */
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
   * Updates one slot.
   *
   * @param scale factor of the gradient, from clipping
   * @param decays whether weight decay applies
   */
  update(slot: Slot, scale: number, scalars: AdamScalars, decays: boolean): void;
  /** Euclidean norm of all gradients together. */
  gradientNorm(): number;
}

interface Program {
  update(...numbers: number[]): void;
  squares(at: number, bytes: number): number;
}

const program = new WebAssembly.Module(readFileSync(new URL("adam.wasm", import.meta.url)));
const pageBytes = 65_536;
/** The program processes four float32 at a time. Padding stays 0. */
const vectorBytes = 16;
const paddedBytes = (length: number): number => Math.ceil((length * 4) / vectorBytes) * vectorBytes;

/** Allocates zeros. @param lengths number of elements of each parameter */
export function adamMemory(lengths: readonly number[]): AdamMemory {
  const bytes = lengths.reduce((sum, length) => sum + paddedBytes(length), 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * bytes) / pageBytes) });
  const { update, squares } = new WebAssembly.Instance(program, { env: { memory } })
    .exports as unknown as Program;

  // All gradients are contiguous, so their norm takes one pass.
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
    update(
      { value, expAvg, expAvgSq, gradient },
      scale,
      { stepSize, epsilon, decayFactor },
      decays,
    ) {
      const addresses = [value, expAvg, expAvgSq, gradient].map(({ byteOffset }) => byteOffset);
      const shares = [beta1, (1 - beta1) * scale, beta2, (1 - beta2) * scale * scale];
      update(
        ...addresses,
        paddedBytes(value.length),
        ...shares,
        decays ? decayFactor : 1,
        stepSize,
        epsilon,
      );
    },
    gradientNorm: () => Math.sqrt(squares(starts.gradient, bytes)),
  };
}
