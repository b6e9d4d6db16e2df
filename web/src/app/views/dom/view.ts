/** A part of the page. */
import type { State } from "../../state/state.ts";

export interface View {
  /**
   * Updates the page's elements.
   *
   * @param previous the state that was drawn last; the same as `state` for the first time
   */
  draw(state: State, previous: State): void;
}
