/** An item of a collection, as every store keeps it. */
import type { Box } from "@plumage/models";
import { z } from "zod";

/**
 * Text that every store can hold: no NUL, which PostgreSQL does not allow in text, and no lone
 * surrogate, which has no UTF-8 encoding.
 */
export const textSchema = z
  .string()
  .refine(
    (text) => !text.includes("\0") && text.isWellFormed(),
    "use well-formed Unicode text without NUL",
  );

/** Text that filters compare: composed, however it was typed or a file system stored it. */
export const comparedTextSchema = textSchema.normalize("NFC");

/** Named values that a client attaches to an item. */
export const metadataSchema = z.record(
  comparedTextSchema.min(1).max(100),
  z.union([comparedTextSchema.max(1000), z.number(), z.boolean()]),
);
export type Metadata = z.infer<typeof metadataSchema>;

const maxMetadataKeys = 64;
const maxMetadataBytes = 16_000;

/** Metadata of a new item; older ones may be larger. */
export const newMetadataSchema = z
  .unknown()
  // First: validating each of a hundred thousand keys would take too long.
  .refine(
    (value) => Object.keys(Object(value)).length <= maxMetadataKeys,
    `use at most ${maxMetadataKeys} keys`,
  )
  .pipe(metadataSchema)
  .refine(
    (metadata) => Buffer.byteLength(JSON.stringify(metadata)) <= maxMetadataBytes,
    `use at most ${maxMetadataBytes / 1000} kB`,
  );

interface ItemFields {
  readonly id: string;
  readonly label: string;
  /** The part of the image that is embedded; undefined for the whole image. */
  readonly box: Box | undefined;
  /** Key of the data set's attributions. */
  readonly source: string | undefined;
  readonly metadata: Metadata;
  /** Size of the image file when it was embedded: a changed file is embedded again. */
  readonly bytes: number;
  /** Modification time of the image file when it was embedded, in milliseconds. */
  readonly modified: number;
}

export interface CollectionItem extends ItemFields {
  /** Higher than the key of any earlier item; replacing an item gives it a new key. */
  readonly key: number;
  /** The real path of the image file, or the name under which the collection stores an upload. */
  readonly path: string;
  /** Whether the image came through the API and is stored by the collection. */
  readonly uploaded: boolean;
}

export interface NewItem extends ItemFields {
  /** The real path of a file that stays where it is, or an upload that the collection stores. */
  readonly image:
    | { readonly path: string }
    | { readonly content: Uint8Array; readonly name: string };
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/** An item passes with any of the labels and all of the metadata values, compared as text. */
export interface ItemFilter {
  readonly labels: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const isEmptyFilter = ({ labels, metadata }: ItemFilter): boolean =>
  labels.length === 0 && Object.keys(metadata).length === 0;
