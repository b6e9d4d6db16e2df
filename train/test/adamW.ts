/**
 * torch.optim.AdamW and clip_grad_norm_ as plain loops in double precision: the reference for every
 * Adam of this package.
 */

export interface AdamWState {
  readonly value: number[];
  readonly expAvg: number[];
  readonly expAvgSq: number[];
}

/** One step, as torch's _single_tensor_adamw computes it. @param step counted from 1 */
export function adamW(
  { value, expAvg, expAvgSq }: AdamWState,
  gradient: readonly number[],
  step: number,
  { rate, decay }: { readonly rate: number; readonly decay: number },
): AdamWState {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const nextExpAvg = expAvg.map((each, i) => beta1 * each + (1 - beta1) * gradient[i]!);
  const nextExpAvgSq = expAvgSq.map((each, i) => beta2 * each + (1 - beta2) * gradient[i]! ** 2);
  const nextValue = value.map((each, i) => {
    const corrected = Math.sqrt(nextExpAvgSq[i]!) / Math.sqrt(1 - beta2 ** step);
    return (
      each * (1 - rate * decay) -
      ((rate / (1 - beta1 ** step)) * nextExpAvg[i]!) / (corrected + epsilon)
    );
  });
  return { value: nextValue, expAvg: nextExpAvg, expAvgSq: nextExpAvgSq };
}

/** Scales all gradients so that their global norm is at most `limit`. */
export function clipped(gradients: readonly (readonly number[])[], limit: number): number[][] {
  const norm = Math.sqrt(gradients.flat().reduce((sum, each) => sum + each * each, 0));
  const scale = Math.min(1, limit / (norm + 1e-6));
  return gradients.map((gradient) => gradient.map((each) => each * scale));
}
