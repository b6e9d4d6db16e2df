/** The variants of an exported model; export's table says how each is made. */

// Without zod: the page's main script imports it.
export const variantNames = ["fp32", "fp16", "int8"] as const;
export type VariantName = (typeof variantNames)[number];
