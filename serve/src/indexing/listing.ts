/** What is to be indexed, and what could not be looked at. */
import type { Item } from "@plumage/models";

export interface Listing {
  readonly items: readonly Item[];
  /**
   * Paths of files and folders that exist but cannot be read now: what was indexed of them stays.
   */
  readonly unread: readonly string[];
}

/** An image that is not indexed now. */
export interface Skipped {
  readonly id: string;
  readonly path: string;
  readonly reason: string;
  /** Whether the item stays if it was indexed before: the image may come back as it was. */
  readonly stays: boolean;
}

/** Whether a path is one of `unread`, or below one. */
export const isUnread = (path: string, unread: readonly string[]): boolean =>
  unread.some((each) => path === each || path.startsWith(`${each}/`));
