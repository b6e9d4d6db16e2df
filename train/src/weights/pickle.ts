/**
 * The part of Python's pickle format (protocols 2 to 4: PEP 307, PEP 3154, pickletools.py) in which
 * torch writes tensors. A pickle is a program; this reads one without running anything: it knows
 * the names that tensors need, and refuses all others.
 */
import { PlumageError } from "@plumage/models";

/** A name that a pickle calls, e.g. "torch._utils._rebuild_tensor_v2". */
export class PickledName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface PickleReading {
  /** What a call of a name gives; undefined for a name that is not known. */
  call(name: string, words: readonly unknown[]): unknown;
  /** What a persistent id stands for: torch's way to say "the numbers are kept elsewhere". */
  persistent(id: unknown): unknown;
}

const mark = Symbol("mark");

/** What is left on the stack when a value is done is the caller's. */
interface Machine {
  readonly stack: unknown[];
  readonly memo: Map<number, unknown>;
  readonly bytes: Buffer;
  at: number;
  readonly reading: PickleReading;
}

const pop = (machine: Machine): unknown => machine.stack.pop();
const top = (machine: Machine): unknown => machine.stack.at(-1);
function sinceMark({ stack }: Machine): unknown[] {
  const at = stack.lastIndexOf(mark);
  const values = stack.splice(at);
  return values.slice(1);
}
function line(machine: Machine): string {
  const end = machine.bytes.indexOf(10, machine.at);
  const text = machine.bytes.toString("utf8", machine.at, end);
  machine.at = end + 1;
  return text;
}
function take(machine: Machine, length: number): Buffer {
  const part = machine.bytes.subarray(machine.at, machine.at + length);
  if (part.length < length) throw new RangeError("the pickle is cut short");
  machine.at += length;
  return part;
}
const uint8 = (machine: Machine) => take(machine, 1).readUInt8();
const uint32 = (machine: Machine) => take(machine, 4).readUInt32LE();
const text = (machine: Machine, length: number) =>
  machine.stack.push(take(machine, length).toString("utf8"));

/**
 * A whole number of any length, least byte first, in two's complement; torch's fit into a double.
 */
function long(bytes: Buffer): number {
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  return Number(BigInt.asIntN(Math.max(8, bytes.length * 8), value));
}

function setItems(target: unknown, pairs: readonly unknown[]): void {
  if (!(target instanceof Map)) throw new RangeError("items are set on what is no dictionary");
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
}
function append(target: unknown, values: readonly unknown[]): void {
  if (!Array.isArray(target)) throw new RangeError("values are appended to what is no list");
  target.push(...values);
}
function call(machine: Machine): void {
  const words = pop(machine) as unknown[];
  const callee = pop(machine);
  if (!(callee instanceof PickledName))
    throw new RangeError("something is called that has no name");
  const result = machine.reading.call(callee.name, words);
  if (result === undefined) throw new RangeError(`it calls ${callee.name}`);
  machine.stack.push(result);
}

/** By pickletools' names of the codes. */
const codes: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => take(m, 1), // PROTO
  149: (m) => take(m, 8), // FRAME
  40: (m) => m.stack.push(mark), // MARK
  48: (m) => pop(m), // POP
  78: (m) => m.stack.push(null), // NONE
  136: (m) => m.stack.push(true), // NEWTRUE
  137: (m) => m.stack.push(false), // NEWFALSE
  74: (m) => m.stack.push(take(m, 4).readInt32LE()), // BININT
  75: (m) => m.stack.push(uint8(m)), // BININT1
  77: (m) => m.stack.push(take(m, 2).readUInt16LE()), // BININT2
  138: (m) => m.stack.push(long(take(m, uint8(m)))), // LONG1
  71: (m) => m.stack.push(take(m, 8).readDoubleBE()), // BINFLOAT
  88: (m) => text(m, uint32(m)), // BINUNICODE
  140: (m) => text(m, uint8(m)), // SHORT_BINUNICODE
  84: (m) => text(m, uint32(m)), // BINSTRING
  85: (m) => text(m, uint8(m)), // SHORT_BINSTRING
  93: (m) => m.stack.push([]), // EMPTY_LIST
  41: (m) => m.stack.push([]), // EMPTY_TUPLE
  125: (m) => m.stack.push(new Map()), // EMPTY_DICT
  97: (m) => append(m.stack.at(-2), [pop(m)]), // APPEND
  101: (m) => {
    const values = sinceMark(m);
    append(top(m), values);
  }, // APPENDS
  115: (m) => {
    const value = pop(m);
    const key = pop(m);
    setItems(top(m), [key, value]);
  }, // SETITEM
  117: (m) => {
    const pairs = sinceMark(m);
    setItems(top(m), pairs);
  }, // SETITEMS
  116: (m) => m.stack.push(sinceMark(m)), // TUPLE
  133: (m) => m.stack.push(m.stack.splice(-1)), // TUPLE1
  134: (m) => m.stack.push(m.stack.splice(-2)), // TUPLE2
  135: (m) => m.stack.push(m.stack.splice(-3)), // TUPLE3
  113: (m) => m.memo.set(uint8(m), top(m)), // BINPUT
  114: (m) => m.memo.set(uint32(m), top(m)), // LONG_BINPUT
  148: (m) => m.memo.set(m.memo.size, top(m)), // MEMOIZE
  104: (m) => m.stack.push(m.memo.get(uint8(m))), // BINGET
  106: (m) => m.stack.push(m.memo.get(uint32(m))), // LONG_BINGET
  99: (m) => m.stack.push(new PickledName(`${line(m)}.${line(m)}`)), // GLOBAL
  147: (m) => {
    const [module, name] = m.stack.splice(-2);
    m.stack.push(new PickledName(`${module}.${name}`));
  }, // STACK_GLOBAL
  82: call, // REDUCE
  129: call, // NEWOBJ
  81: (m) => m.stack.push(m.reading.persistent(pop(m))), // BINPERSID
  // A state that is given to a dictionary (torch's _metadata) says nothing about tensors.
  98: (m) => pop(m), // BUILD
};
const stop = 0x2e;

/**
 * Reads one value.
 *
 * @returns the value (dictionaries as Map, lists and tuples as arrays), and where it ends
 * @throws PlumageError "bad-file" for anything but plain data and the names that `reading` knows
 */
export function readPickle(
  bytes: Buffer,
  start: number,
  reading: PickleReading,
): { value: unknown; end: number } {
  const machine: Machine = { stack: [], memo: new Map(), bytes, at: start, reading };
  try {
    for (;;) {
      const code = uint8(machine);
      if (code === stop) return { value: pop(machine), end: machine.at };
      const act = codes[code];
      if (!act) throw new RangeError(`it uses the pickle code 0x${code.toString(16)}`);
      act(machine);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PlumageError(
      "bad-file",
      `the pickle cannot be read as tensors: ${error.message}`,
      "save the weights alone: torch.save(model.state_dict(), file)",
    );
  }
}
