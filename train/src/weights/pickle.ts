/**
 * Reads the subset of Python's pickle format (protocols 2 to 4: PEP 307, PEP 3154, pickletools.py)
 * that torch uses for tensors. A pickle is a program that can call any Python function; this reader
 * calls nothing, knows the names that tensors need, and rejects all others.
 */
import { PlumageError } from "@plumage/models";

/** A function or class that a pickle refers to, e.g. "torch._utils._rebuild_tensor_v2". */
export class PickledName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface PickleResolver {
  /** Returns the result of calling a name with arguments; undefined if the name is not allowed. */
  call(name: string, args: readonly unknown[]): unknown;
  /** Resolves a persistent id, which torch uses to refer to a storage elsewhere in the file. */
  persistent(id: unknown): unknown;
}

const mark = Symbol("mark");

/** The state of the pickle machine. */
interface Machine {
  readonly stack: unknown[];
  readonly memo: Map<number, unknown>;
  readonly bytes: Buffer;
  at: number;
  readonly resolver: PickleResolver;
}

const pop = (machine: Machine): unknown => machine.stack.pop();
const top = (machine: Machine): unknown => machine.stack.at(-1);
function popToMark({ stack }: Machine): unknown[] {
  const at = stack.lastIndexOf(mark);
  const values = stack.splice(at);
  return values.slice(1);
}
function readLine(machine: Machine): string {
  const end = machine.bytes.indexOf(10, machine.at);
  const text = machine.bytes.toString("utf8", machine.at, end);
  machine.at = end + 1;
  return text;
}
function take(machine: Machine, length: number): Buffer {
  const part = machine.bytes.subarray(machine.at, machine.at + length);
  if (part.length < length) throw new RangeError("the pickle is truncated");
  machine.at += length;
  return part;
}
const uint8 = (machine: Machine) => take(machine, 1).readUInt8();
const uint32 = (machine: Machine) => take(machine, 4).readUInt32LE();
const pushText = (machine: Machine, length: number) =>
  machine.stack.push(take(machine, length).toString("utf8"));

/** A little-endian integer of any length in two's complement; torch's fit into a double. */
function toInteger(bytes: Buffer): number {
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  return Number(BigInt.asIntN(Math.max(8, bytes.length * 8), value));
}

function setItems(target: unknown, pairs: readonly unknown[]): void {
  if (!(target instanceof Map))
    throw new RangeError("items are set on something other than a dictionary");
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
}
function append(target: unknown, values: readonly unknown[]): void {
  if (!Array.isArray(target))
    throw new RangeError("values are appended to something other than a list");
  target.push(...values);
}
function call(machine: Machine): void {
  const args = pop(machine) as unknown[];
  const callee = pop(machine);
  if (!(callee instanceof PickledName))
    throw new RangeError("it calls something other than a name");
  const result = machine.resolver.call(callee.name, args);
  if (result === undefined) throw new RangeError(`it calls ${callee.name}`);
  machine.stack.push(result);
}

/** Opcodes with the names that pickletools uses. */
const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
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
  138: (m) => m.stack.push(toInteger(take(m, uint8(m)))), // LONG1
  71: (m) => m.stack.push(take(m, 8).readDoubleBE()), // BINFLOAT
  88: (m) => pushText(m, uint32(m)), // BINUNICODE
  140: (m) => pushText(m, uint8(m)), // SHORT_BINUNICODE
  84: (m) => pushText(m, uint32(m)), // BINSTRING
  85: (m) => pushText(m, uint8(m)), // SHORT_BINSTRING
  93: (m) => m.stack.push([]), // EMPTY_LIST
  41: (m) => m.stack.push([]), // EMPTY_TUPLE
  125: (m) => m.stack.push(new Map()), // EMPTY_DICT
  97: (m) => append(m.stack.at(-2), [pop(m)]), // APPEND
  101: (m) => {
    const values = popToMark(m);
    append(top(m), values);
  }, // APPENDS
  115: (m) => {
    const value = pop(m);
    const key = pop(m);
    setItems(top(m), [key, value]);
  }, // SETITEM
  117: (m) => {
    const pairs = popToMark(m);
    setItems(top(m), pairs);
  }, // SETITEMS
  116: (m) => m.stack.push(popToMark(m)), // TUPLE
  133: (m) => m.stack.push(m.stack.splice(-1)), // TUPLE1
  134: (m) => m.stack.push(m.stack.splice(-2)), // TUPLE2
  135: (m) => m.stack.push(m.stack.splice(-3)), // TUPLE3
  113: (m) => m.memo.set(uint8(m), top(m)), // BINPUT
  114: (m) => m.memo.set(uint32(m), top(m)), // LONG_BINPUT
  148: (m) => m.memo.set(m.memo.size, top(m)), // MEMOIZE
  104: (m) => m.stack.push(m.memo.get(uint8(m))), // BINGET
  106: (m) => m.stack.push(m.memo.get(uint32(m))), // LONG_BINGET
  99: (m) => m.stack.push(new PickledName(`${readLine(m)}.${readLine(m)}`)), // GLOBAL
  147: (m) => {
    const [module, name] = m.stack.splice(-2);
    m.stack.push(new PickledName(`${module}.${name}`));
  }, // STACK_GLOBAL
  82: call, // REDUCE
  129: call, // NEWOBJ
  81: (m) => m.stack.push(m.resolver.persistent(pop(m))), // BINPERSID
  // State set on a dictionary (torch's _metadata) does not concern tensors.
  98: (m) => pop(m), // BUILD
};
const stopOpcode = 0x2e;

/**
 * Reads one value.
 *
 * @returns the value (dictionaries as Map, lists and tuples as arrays) and the position of its end
 * @throws PlumageError "bad-file" for anything but plain data and names that `resolver` knows
 */
export function readPickle(
  bytes: Buffer,
  start: number,
  resolver: PickleResolver,
): { value: unknown; end: number } {
  const machine: Machine = { stack: [], memo: new Map(), bytes, at: start, resolver };
  try {
    for (;;) {
      const code = uint8(machine);
      if (code === stopOpcode) return { value: pop(machine), end: machine.at };
      const execute = opcodes[code];
      if (!execute) throw new RangeError(`it uses the opcode 0x${code.toString(16)}`);
      execute(machine);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PlumageError(
      "bad-file",
      `the pickle contains more than tensors: ${error.message}`,
      "save only the weights: torch.save(model.state_dict(), file)",
    );
  }
}
