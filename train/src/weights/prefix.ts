/** Finds the network's tensors under the names that other frameworks give them. */
import type { StoredTensor, StoredTensors } from "@plumage/models/node";

interface Candidate {
  readonly prefix: string;
  /** Tensors that also have the network's shape. */
  fits: number;
  readonly tensors: Map<string, StoredTensor>;
}

/** Copies that are kept next to the network: averages, a student (DINO), a key encoder (MoCo). */
const copyPattern = /(^|[._])(ema|student|encoder_k|momentum)([._]|$)/;

/**
 * Takes the tensors under the prefix that has most of the network's names; among equals, most of
 * its shapes, then the network rather than a copy. Wrappers add one: "module." (DataParallel),
 * "_orig_mod." (torch.compile), "module.encoder_q." (MoCo), "backbone." (DINO), "trunk."
 * (pytorch-metric-learning); so do the dictionaries of training scripts: "state_dict.", "model.".
 *
 * @param shapes of the network's parameters by name
 * @returns the tensors of that prefix, without it
 */
export function withoutPrefix(
  tensors: StoredTensors,
  shapes: ReadonlyMap<string, readonly number[]>,
): StoredTensors {
  const candidates = new Map<string, Candidate>();
  for (const [fullName, tensor] of tensors) {
    for (const name of dottedSuffixes(fullName)) {
      const shape = shapes.get(name);
      if (!shape) continue;
      const prefix = fullName.slice(0, fullName.length - name.length);
      const candidate = candidates.get(prefix) ?? { prefix, fits: 0, tensors: new Map() };
      candidate.tensors.set(name, tensor);
      if (tensor.shape.join() === shape.join()) candidate.fits++;
      candidates.set(prefix, candidate);
    }
  }
  const isCopy = ({ prefix }: Candidate) => Number(copyPattern.test(prefix));
  const [best] = [...candidates.values()].sort(
    (a, b) => b.tensors.size - a.tensors.size || b.fits - a.fits || isCopy(a) - isCopy(b),
  );
  return best?.tensors ?? new Map();
}

/** No parameter of the network has more parts. */
const maxParts = 8;

/** "a.b.c" as "c", "b.c" and "a.b.c". */
function* dottedSuffixes(name: string): Iterable<string> {
  let at = name.length;
  for (let part = 0; part < maxParts && at > 0; part++) {
    at = name.lastIndexOf(".", at - 1);
    yield name.slice(at + 1);
  }
}
