/** An item of a collection, as every store keeps it. */
import type { Box } from "@plumage/models";
import { z } from "zod";

/**
 * What every store can keep: no NUL (PostgreSQL has none in texts), and no half of a surrogate pair
 * (which is no UTF-8).
 */
export const textSchema = z
  .string()
  .refine(
    (text) => !text.includes("\0") && text.isWellFormed(),
    "use characters of Unicode, and no NUL",
  );

/** What a person notes about an item besides its label. */
export const metadataSchema = z.record(
  textSchema.min(1).max(100),
  z.union([textSchema.max(1000), z.number(), z.boolean()]),
);
export type Metadata = z.infer<typeof metadataSchema>;

interface About {
  readonly id: string;
  readonly label: string;
  readonly box: Box | undefined;
  readonly source: string | undefined;
  readonly metadata: Metadata;
  /** Size and time of the image's file when it was embedded: a changed file is embedded again. */
  readonly bytes: number;
  readonly modified: number;
}

export interface CollectionItem extends About {
  /**
   * Its number: higher than that of any item before it, and another one after it has been replaced.
   */
  readonly key: number;
  /** The image's file; of an uploaded one, the name that the collection keeps it by. */
  readonly path: string;
  /** Whether the image came by the API and is kept by the collection. */
  readonly uploaded: boolean;
}

export interface NewItem extends About {
  /** A file that stays where it is, or an upload that the collection keeps. */
  readonly image:
    | { readonly path: string }
    | { readonly content: Uint8Array; readonly name: string };
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/**
 * Which items a search may give: any of the labels, and every one of the metadata's values,
 * compared as text.
 */
export interface ItemFilter {
  readonly labels: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const isEmptyFilter = ({ labels, metadata }: ItemFilter): boolean =>
  labels.length === 0 && Object.keys(metadata).length === 0;
