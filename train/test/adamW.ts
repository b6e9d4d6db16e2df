/**
 * torch.optim.AdamW and clip_grad_norm_ as plain loops in double precision: what every Adam of this
 * package is held against.
 */

export interface Moments {
  readonly value: number[];
  readonly mean: number[];
  readonly square: number[];
}

/** One step, as torch's _single_tensor_adamw does it. @param step counted from 1 */
export function adamW(
  { value, mean, square }: Moments,
  gradient: readonly number[],
  step: number,
  { rate, decay }: { readonly rate: number; readonly decay: number },
): Moments {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const nextMean = mean.map((each, i) => beta1 * each + (1 - beta1) * gradient[i]!);
  const nextSquare = square.map((each, i) => beta2 * each + (1 - beta2) * gradient[i]! ** 2);
  const nextValue = value.map((each, i) => {
    const corrected = Math.sqrt(nextSquare[i]!) / Math.sqrt(1 - beta2 ** step);
    return (
      each * (1 - rate * decay) -
      ((rate / (1 - beta1 ** step)) * nextMean[i]!) / (corrected + epsilon)
    );
  });
  return { value: nextValue, mean: nextMean, square: nextSquare };
}

/** All gradients scaled so that their common norm is at most `limit`. */
export function clipped(gradients: readonly (readonly number[])[], limit: number): number[][] {
  const norm = Math.sqrt(gradients.flat().reduce((sum, each) => sum + each * each, 0));
  const scale = Math.min(1, limit / (norm + 1e-6));
  return gradients.map((gradient) => gradient.map((each) => each * scale));
}
