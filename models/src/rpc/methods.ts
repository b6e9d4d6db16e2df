/** The types of a service: methods of one params value each, events, and what derives from them. */
import type { TransferList } from "./channel.ts";

/** The params of a method of service `S`, an interface such as `{ embed(params: P): R }`. */
export type Params<S, Name extends keyof S> = S[Name] extends (params: infer P) => unknown
  ? P
  : never;

/** What a method returns, as the caller receives it. */
export type Result<S, Name extends keyof S> = S[Name] extends (params: never) => infer R
  ? Awaited<R>
  : never;

/** What a server implements for service `S`. */
export type Handlers<S> = {
  readonly [Name in keyof S]: (
    params: Params<S, Name>,
    context: CallContext,
  ) => Returned<Result<S, Name>> | Promise<Returned<Result<S, Name>>>;
};

type Returned<T> = T | Transferred<T>;

/** What a method receives besides its parameters. */
export interface CallContext {
  /** Aborted when the caller no longer needs the result. */
  readonly signal: AbortSignal;
}

/** A result together with the buffers that move with it. */
export class Transferred<T> {
  readonly value: T;
  readonly transfer: TransferList;

  constructor(value: T, transfer: TransferList) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Returns `value` from a handler and moves `buffers` to the caller instead of copying them. */
export const transferred = <T>(value: T, buffers: TransferList): Transferred<T> =>
  new Transferred(value, buffers);

/** A listener for each event of `E`, an interface such as `{ progress: Progress }`. */
export type EventHandlers<E> = { readonly [Name in keyof E]: (payload: E[Name]) => void };

/** Options of one call. */
export interface CallOptions {
  /** Rejects the call with the signal's reason, and aborts the handler's own signal. */
  readonly signal?: AbortSignal | undefined;
  readonly transfer?: TransferList;
}

/** A method without params may be called with none. */
export type CallArguments<S, Name extends keyof S> =
  undefined extends Params<S, Name>
    ? [params?: undefined, options?: CallOptions]
    : [params: Params<S, Name>, options?: CallOptions];

/** Anything that takes calls to service `S`: one worker or a pool of them. */
export interface Caller<S> {
  /**
   * Calls a method and resolves to its result.
   *
   * @throws the handler's error with its class, code and hint; the signal's reason after an abort;
   *   the channel's failure once the other side is gone
   */
  call<Name extends keyof S & string>(
    method: Name,
    ...args: CallArguments<S, Name>
  ): Promise<Result<S, Name>>;
  /** Ends the other side. */
  close(): Promise<void>;
}
