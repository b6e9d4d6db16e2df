/** The opcodes of pickle protocols 0 to 5, under the names that pickletools.py gives them. */
import { PickledObject, type PickleMachine } from "./pickleMachine.ts";

/** The result is not used. */
type Opcode = (machine: PickleMachine) => unknown;

/** Longer integers are not read; Python's limit for those in text is 4300 digits. */
const maxIntegerBytes = 1024;

/** A little-endian integer of any length in two's complement; torch's fit into a double. */
function pushInteger(machine: PickleMachine, length: number): void {
  const bytes = machine.take(length);
  if (length > maxIntegerBytes) machine.make(new PickledObject());
  else if (length === 0) machine.push(0);
  else {
    const value = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
    machine.push(Number(BigInt.asIntN(length * 8, value)));
  }
}

function setItems(target: unknown, pairs: readonly unknown[]): ReadonlyMap<unknown, unknown> {
  const items = target instanceof PickledObject ? target.items : target;
  if (!(items instanceof Map))
    throw new RangeError("the pickle sets items of something other than a dictionary");
  for (let i = 0; i + 1 < pairs.length; i += 2) items.set(pairs[i], pairs[i + 1]);
  return items;
}
const setTop = (machine: PickleMachine, pairs: readonly unknown[]) => setItems(machine.top, pairs);
function appendTop({ top }: PickleMachine, values: readonly unknown[]): void {
  if (top instanceof PickledObject) return;
  if (!Array.isArray(top))
    throw new RangeError("the pickle appends to something other than a list");
  for (const value of values) top.push(value);
}
/** The attributes of an object: a dictionary, or a pair with one and the values of slots. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  // State of a dictionary (torch's _metadata) does not concern tensors.
  if (machine.top instanceof PickledObject)
    machine.top.state = Array.isArray(state) ? state[0] : state;
}
/** An object of a class whose arguments lie above the mark. */
function replaceMarked(machine: PickleMachine): void {
  machine.popToMark();
  machine.make(new PickledObject());
}
const text = (machine: PickleMachine, length: number) =>
  machine.push(machine.take(length).toString("utf8"));
const bytes = (machine: PickleMachine, length: number) => machine.make(machine.take(length));
const integerLine = (line: string) =>
  line === "00" || line === "01" ? line === "01" : Number(line.replace(/L$/, ""));
const unknownObject: Opcode = (m) => m.make(new PickledObject());

/** Values of one opcode each. */
const scalars: readonly (readonly [code: number, execute: Opcode])[] = [
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x49, (m) => m.push(integerLine(m.line()))], // INT
  [0x4a, (m) => m.push(m.take(4).readInt32LE())], // BININT
  [0x4b, (m) => m.push(m.length(1))], // BININT1
  [0x4d, (m) => m.push(m.length(2))], // BININT2
  [0x4c, (m) => m.push(integerLine(m.line()))], // LONG
  [0x8a, (m) => pushInteger(m, m.length(1))], // LONG1
  [0x8b, (m) => pushInteger(m, m.length(4))], // LONG4
  [0x46, (m) => m.push(Number(m.line()))], // FLOAT
  [0x47, (m) => m.push(m.take(8).readDoubleBE())], // BINFLOAT
  [0x53, (m) => m.push(m.line().slice(1, -1))], // STRING
  [0x54, (m) => text(m, m.length(4))], // BINSTRING
  [0x55, (m) => text(m, m.length(1))], // SHORT_BINSTRING
  [0x56, (m) => m.push(m.line())], // UNICODE
  [0x58, (m) => text(m, m.length(4))], // BINUNICODE
  [0x8c, (m) => text(m, m.length(1))], // SHORT_BINUNICODE
  [0x8d, (m) => text(m, m.length(8))], // BINUNICODE8
  [0x42, (m) => bytes(m, m.length(4))], // BINBYTES
  [0x43, (m) => bytes(m, m.length(1))], // SHORT_BINBYTES
  [0x8e, (m) => bytes(m, m.length(8))], // BINBYTES8
  [0x96, (m) => bytes(m, m.length(8))], // BYTEARRAY8
  [0x97, unknownObject], // NEXT_BUFFER
  [0x98, () => undefined], // READONLY_BUFFER
];

const containers: readonly (readonly [code: number, execute: Opcode])[] = [
  [0x5d, (m) => m.make([])], // EMPTY_LIST
  [0x6c, (m) => m.make(m.popToMark())], // LIST
  [0x61, (m) => appendTop(m, [m.pop()])], // APPEND
  [0x65, (m) => appendTop(m, m.popToMark())], // APPENDS
  [0x29, (m) => m.make([])], // EMPTY_TUPLE
  [0x74, (m) => m.make(m.popToMark())], // TUPLE
  [0x85, (m) => m.make(m.popMany(1))], // TUPLE1
  [0x86, (m) => m.make(m.popMany(2))], // TUPLE2
  [0x87, (m) => m.make(m.popMany(3))], // TUPLE3
  [0x7d, (m) => m.make(new Map())], // EMPTY_DICT
  [0x64, (m) => m.make(setItems(new Map(), m.popToMark()))], // DICT
  [0x73, (m) => setTop(m, m.popMany(2))], // SETITEM
  [0x75, (m) => setTop(m, m.popToMark())], // SETITEMS
  [0x8f, unknownObject], // EMPTY_SET
  [0x90, (m) => m.popToMark()], // ADDITEMS
  [0x91, (m) => replaceMarked(m)], // FROZENSET
];

const objects: readonly (readonly [code: number, execute: Opcode])[] = [
  [0x63, (m) => m.name(m.line(), m.line())], // GLOBAL
  [0x93, (m) => m.name(...(m.popMany(2) as [unknown, unknown]))], // STACK_GLOBAL
  [0x52, (m) => m.call(...(m.popMany(2) as [unknown, unknown]))], // REDUCE
  [0x81, (m) => m.call(...(m.popMany(2) as [unknown, unknown]))], // NEWOBJ
  [0x92, (m) => m.call(...(m.popMany(3) as [unknown, unknown]))], // NEWOBJ_EX, with keywords
  [0x62, build], // BUILD
  [0x6f, (m) => replaceMarked(m)], // OBJ
  [0x69, (m) => [m.line(), m.line(), replaceMarked(m)]], // INST
  [0x82, (m) => [m.take(1), m.make(new PickledObject())]], // EXT1
  [0x83, (m) => [m.take(2), m.make(new PickledObject())]], // EXT2
  [0x84, (m) => [m.take(4), m.make(new PickledObject())]], // EXT4
  [0x50, (m) => m.persistent(m.line())], // PERSID
  [0x51, (m) => m.persistent(m.pop())], // BINPERSID
];

const stack: readonly (readonly [code: number, execute: Opcode])[] = [
  [0x80, (m) => m.take(1)], // PROTO
  [0x95, (m) => m.take(8)], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.pop()], // POP
  [0x31, (m) => m.popToMark()], // POP_MARK
  [0x32, (m) => m.push(m.top)], // DUP
  [0x70, (m) => m.store(Number(m.line()))], // PUT
  [0x71, (m) => m.store(m.length(1))], // BINPUT
  [0x72, (m) => m.store(m.length(4))], // LONG_BINPUT
  [0x94, (m) => m.store()], // MEMOIZE
  [0x67, (m) => m.recall(Number(m.line()))], // GET
  [0x68, (m) => m.recall(m.length(1))], // BINGET
  [0x6a, (m) => m.recall(m.length(4))], // LONG_BINGET
];

/** What each opcode does; STOP is the reader's. */
export const opcodes: ReadonlyMap<number, Opcode> = new Map([
  ...scalars,
  ...containers,
  ...objects,
  ...stack,
]);
