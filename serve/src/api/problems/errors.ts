/** Errors of the API that have no other home. */

/** The path or the query names something that does not exist. */
export class NotFound extends Error {}

/** The client closed its connection before it was answered. */
export class ClientLeft extends Error {
  constructor() {
    super("the client left");
  }
}

/** A body, or what is decoded from it, exceeds the limit. */
export class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`the body is larger than ${maxBytes / 2 ** 20} MB`);
  }
}
