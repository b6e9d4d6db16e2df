/** The variants of an exported model; export's table says how each is made. */

// Without zod: the page's main script imports it.
/** The variants that an export can write; fp32 first, which the others are measured against. */
export const variantNames = ["fp32", "fp16", "int8"] as const;
/** A variant of the exported embedder. */
export type VariantName = (typeof variantNames)[number];
