/** What the embedded collection and its thread say to each other. */
import type { Collection } from "../../collection/collection.ts";

export interface Call {
  /** Number of the call, from 1; 0 is the opening. */
  readonly call: number;
  readonly method: keyof Collection;
  readonly words: readonly unknown[];
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

export type Reply =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "open" }
  | { readonly kind: "done"; readonly call: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly call: number; readonly error: Failure };
