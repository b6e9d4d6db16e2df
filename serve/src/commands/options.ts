/** Options that several commands share. */
import { availableParallelism } from "node:os";
import { z } from "zod";

export const integerSchema = z.coerce.number().int();
export const positiveIntegerSchema = integerSchema.positive();

export const threadsOption = {
  description: "CPU threads",
  value: "N",
  schema: positiveIntegerSchema.max(1024, "use 1024 or less").default(availableParallelism()),
  defaultText: "all",
};
