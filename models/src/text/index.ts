/**
 * Words as queries: what the text encoder of a model reads. An entry of its own, so that only what
 * searches by words loads the tokenizer.
 *
 * @module @plumage/models/text
 */
export * from "./goldens.ts";
export * from "./tokenizer.ts";
