/** The stack machine that a pickle is a program for. */

/** A function or class that a pickle refers to, e.g. "torch._utils._rebuild_tensor_v2". */
export class PickledName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An object of a class that the resolver does not know. */
export class PickledObject {
  readonly items = new Map<unknown, unknown>();
  /** Usually its attributes: a dictionary. */
  state: unknown;
}

export interface PickleResolver {
  /** Returns the result of calling a name with arguments; undefined for a PickledObject. */
  call(name: string, args: readonly unknown[]): unknown;
  /** Resolves a persistent id, which torch uses to refer to a storage elsewhere in the file. */
  persistent(id: unknown): unknown;
}

/** In front of the elements of a list, tuple or dictionary that is being built. */
const mark = Symbol("mark");

/** Tensors are elsewhere: the pickles of large models take less than a megabyte. */
export const maxPickleBytes = 128_000_000;
/** Objects made before a pickle is refused: a single byte can make one. */
const maxObjects = 1_000_000;

/** The state of the pickle machine. Its errors are RangeErrors. */
export class PickleMachine {
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #resolver: PickleResolver;
  #at: number;
  #objects = 0;

  constructor(bytes: Buffer, start: number, resolver: PickleResolver) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = Math.min(bytes.length, start + maxPickleBytes);
    this.#resolver = resolver;
  }
  get at(): number {
    return this.#at;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#end) throw new RangeError("the pickle is truncated, or too large");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
  /** The rest of a line, which the opcodes of protocol 0 end with. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new RangeError("the pickle is truncated");
    const text = this.take(end - this.#at).toString("utf8");
    this.#at = end + 1;
    return text;
  }
  /** An unsigned length of this many bytes. */
  length(bytes: 1 | 2 | 4 | 8): number {
    const part = this.take(bytes);
    return bytes === 8 ? Number(part.readBigUInt64LE()) : part.readUIntLE(0, bytes);
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }
  /** Pushes a new object, of which a pickle can have a million. */
  make(value: object): void {
    if (++this.#objects > maxObjects) throw new RangeError("the pickle has too many objects");
    this.push(value);
  }
  pop(): unknown {
    if (this.#stack.length === 0) throw new RangeError("the pickle takes more than it has");
    return this.#stack.pop();
  }
  popMany(count: number): unknown[] {
    if (this.#stack.length < count) throw new RangeError("the pickle takes more than it has");
    return this.#stack.splice(this.#stack.length - count);
  }
  get top(): unknown {
    return this.#stack.at(-1);
  }
  mark(): void {
    this.push(mark);
  }
  popToMark(): unknown[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw new RangeError("the pickle takes more than it has");
    return this.#stack.splice(at).slice(1);
  }

  /** @param key by default, the next one */
  store(key: number = this.#memo.size): void {
    this.#memo.set(key, this.top);
  }
  recall(key: number): void {
    if (!this.#memo.has(key)) throw new RangeError("the pickle recalls what it has not stored");
    this.push(this.#memo.get(key));
  }

  name(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string")
      throw new RangeError("the pickle has a name that is not text");
    this.make(new PickledName(`${module}.${name}`));
  }
  call(callee: unknown, args: unknown): void {
    const known =
      callee instanceof PickledName && Array.isArray(args)
        ? this.#resolver.call(callee.name, args)
        : undefined;
    if (known !== undefined) this.push(known);
    else this.make(new PickledObject());
  }
  persistent(id: unknown): void {
    const known = this.#resolver.persistent(id);
    if (known !== undefined) this.push(known);
    else this.make(new PickledObject());
  }
}
