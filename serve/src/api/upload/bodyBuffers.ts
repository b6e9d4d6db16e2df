/**
 * The buffers of large bodies, which are used again: V8 does not count shared memory when it
 * decides to collect garbage, so those of answered requests would stay for long.
 */

/** Largest body, in bytes. */
export const maxBodyBytes = 20 * 2 ** 20;

/** Step in which a buffer grows, in bytes. */
export const growth = 2 ** 20;

/** Buffers that are kept: as many of the largest as requests in flight may fill. */
const maxKept = 6;

const kept: SharedArrayBuffer[] = [];
const lent = new WeakMap<Request, SharedArrayBuffer>();

/** A buffer for the body of a request. It may hold bytes of earlier requests. */
export function takeBuffer(request: Request): SharedArrayBuffer {
  // A fixed buffer comes from malloc, which clears 20 MB of recycled memory in one go and seldom
  // returns it to the system. A growable one does neither.
  const buffer = kept.pop() ?? new SharedArrayBuffer(growth, { maxByteLength: maxBodyBytes });
  lent.set(request, buffer);
  return buffer;
}

/** Takes a request's buffer back, which nothing may read from now on. */
export function returnBuffer(request: Request): void {
  const buffer = lent.get(request);
  lent.delete(request);
  if (buffer && kept.length < maxKept) kept.push(buffer);
}
