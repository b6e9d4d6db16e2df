/** Options that several benchmarks share. */
import { availableParallelism } from "node:os";
import { typedPath } from "@plumage/models/cli";
import { z } from "zod";

export const count = z.coerce.number().int().positive();

/** @param packages what the peer imports */
export const python = (packages: string) => ({
  description: `Python interpreter with ${packages}`,
  value: "FILE",
  schema: z
    .string()
    .min(1)
    .transform((command) => (command.includes("/") ? typedPath(command) : command))
    .default("python3"),
});

export const rounds = {
  description: "how often each side starts for each size",
  value: "N",
  schema: count.default(3),
};

export const threads = {
  description: "number of CPU threads",
  value: "N",
  schema: count.default(availableParallelism()),
  defaultText: "all",
};

export const json = {
  description: "print the figures as one JSON object",
  schema: z.boolean().default(false),
};
