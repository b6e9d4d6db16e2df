/**
 * Adam for the CPU, in one pass over memory. As graph nodes the update is twelve passes over 27 million numbers and takes
 * a quarter of a step; this loop takes a twentieth. It is held against program/adam.ts by a test.
 */
import { type AdamScalars, adamRates } from "../program/adam.ts";

export interface FusedSlot {
  readonly value: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
  readonly gradient: Float32Array;
  readonly decays: boolean;
}

/** Updates value, mean and square of every slot in place; the gradients are scaled first (see globalNorm). */
export function fusedAdam(slots: readonly FusedSlot[], scale: number, { stepSize, epsilon, keep }: AdamScalars): void {
  const { beta1, beta2 } = adamRates;
  const [share1, share2] = [(1 - beta1) * scale, (1 - beta2) * scale * scale];
  for (const { value, mean, square, gradient, decays } of slots) {
    const kept = decays ? keep : 1;
    for (let i = 0; i < value.length; i++) {
      const g = gradient[i]!;
      const m = beta1 * mean[i]! + share1 * g;
      const s = beta2 * square[i]! + share2 * g * g;
      mean[i] = m;
      square[i] = s;
      value[i] = kept * value[i]! - (stepSize * m) / (Math.sqrt(s) + epsilon);
    }
  }
}

/** Euclidean length of all gradients together. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  let sum = 0;
  for (const gradient of gradients) {
    // Four sums side by side keep the processor's adders busy.
    let [a, b, c, d] = [0, 0, 0, 0];
    const whole = gradient.length & ~3;
    for (let i = 0; i < whole; i += 4) {
      a += gradient[i]! * gradient[i]!;
      b += gradient[i + 1]! * gradient[i + 1]!;
      c += gradient[i + 2]! * gradient[i + 2]!;
      d += gradient[i + 3]! * gradient[i + 3]!;
    }
    for (let i = whole; i < gradient.length; i++) a += gradient[i]! * gradient[i]!;
    sum += a + b + c + d;
  }
  return Math.sqrt(sum);
}
