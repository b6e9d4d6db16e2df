/** Holds the state, and tells subscribers when it changes. */
import { type Event, reduce } from "./reducer.ts";
import { initialState, type State } from "./state.ts";

export type Listener = (state: State, previous: State) => void;

export class Store {
  #state: State = initialState;
  readonly #listeners: Listener[] = [];

  get state(): State {
    return this.#state;
  }

  /** Calls `listener` after each change, and once immediately. */
  subscribe(listener: Listener): void {
    this.#listeners.push(listener);
    listener(this.#state, this.#state);
  }

  dispatch(event: Event): void {
    const previous = this.#state;
    this.#state = reduce(previous, event);
    for (const listener of this.#listeners) listener(this.#state, previous);
  }
}
