/** The variants of an exported model; export's table says how each is made. */
import { z } from "zod";

export const variantNames = ["fp32", "fp16", "int8"] as const;
export const variantNameSchema = z.enum(variantNames);
export type VariantName = z.infer<typeof variantNameSchema>;
