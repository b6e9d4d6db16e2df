/**
 * Reads Python's pickle format (PEP 307, PEP 3154, PEP 574; pickletools.py) as plain data. A pickle
 * is a program that can call any Python function; this reader calls nothing. What is neither plain
 * data nor a name that the resolver knows becomes a PickledObject.
 */
import { PickleMachine, type PickleResolver } from "./pickleMachine.ts";
import { opcodes } from "./pickleOpcodes.ts";

/** Opcodes executed before a pickle is refused. */
const maxSteps = 32_000_000;
const stopOpcode = 0x2e;

/**
 * Reads one value.
 *
 * @returns the value (dictionaries as Map, lists and tuples as arrays) and the position of its end
 * @throws RangeError for bytes that are no pickle, or for one that is made to exhaust the memory
 */
export function readPickle(
  bytes: Buffer,
  start: number,
  resolver: PickleResolver,
): { value: unknown; end: number } {
  const machine = new PickleMachine(bytes, start, resolver);
  for (let steps = 0; steps < maxSteps; steps++) {
    const code = machine.length(1);
    if (code === stopOpcode) return { value: machine.pop(), end: machine.at };
    const execute = opcodes.get(code);
    if (!execute) throw new RangeError(`the pickle uses the opcode 0x${code.toString(16)}`);
    execute(machine);
  }
  throw new RangeError("the pickle has too many steps");
}
