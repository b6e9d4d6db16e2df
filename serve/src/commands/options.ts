/** Options that several commands share. */
import { availableParallelism } from "node:os";
import { z } from "zod";

export const integerSchema = z.coerce.number("use a number").int("use an integer");
export const positiveIntegerSchema = integerSchema.positive("use a number above 0");

export const threadsOption = {
  description: "CPU threads",
  value: "N",
  schema: positiveIntegerSchema.max(1024, "use 1024 or less").default(availableParallelism()),
  defaultText: "all",
};
