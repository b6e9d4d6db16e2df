/** Finds the network's tensors under the names that other frameworks give them. */
import type { NamedTensor, NamedTensors } from "@plumage/models/node";

/**
 * Takes the tensors under the prefix that has most of the network's names; among equals, most of
 * its shapes. Wrappers add one: "module." (DataParallel), "_orig_mod." (torch.compile),
 * "module.encoder_q." (MoCo), "backbone." (DINO), "trunk." (pytorch-metric-learning).
 *
 * @param shapes of the network's parameters by name
 * @returns the tensors of that prefix, without it
 */
export function withoutPrefix(
  tensors: NamedTensors,
  shapes: ReadonlyMap<string, readonly number[]>,
): NamedTensors {
  const candidates = new Map<string, { fits: number; tensors: Map<string, NamedTensor> }>();
  for (const [fullName, tensor] of tensors) {
    for (const name of dottedSuffixes(fullName)) {
      const shape = shapes.get(name);
      if (!shape) continue;
      const prefix = fullName.slice(0, fullName.length - name.length);
      const candidate = candidates.get(prefix) ?? { fits: 0, tensors: new Map() };
      candidate.tensors.set(name, tensor);
      if (tensor.shape.join() === shape.join()) candidate.fits++;
      candidates.set(prefix, candidate);
    }
  }
  const [best] = [...candidates.values()].sort(
    (a, b) => b.tensors.size - a.tensors.size || b.fits - a.fits,
  );
  return best?.tensors ?? new Map();
}

/** "a.b.c" as "a.b.c", "b.c" and "c". */
function* dottedSuffixes(name: string): Iterable<string> {
  for (let at = 0; ; ) {
    yield name.slice(at);
    const dot = name.indexOf(".", at);
    if (dot < 0) return;
    at = dot + 1;
  }
}
