/** Changes of the query, together with the page's URL and the browser's history. */
import { formatAddress, parseAddress } from "../state/address.ts";
import { plainQuery, type Query, type QueryInput } from "../state/query.ts";
import { currentQuery } from "../state/selectors.ts";
import type { Store } from "../state/store.ts";
import type { Search } from "./search.ts";

export class Navigation {
  readonly #store: Store;
  readonly #search: Search;

  constructor(store: Store, search: Search) {
    this.#store = store;
    this.#search = search;
    window.addEventListener("popstate", ({ state }) => this.#open(state));
  }

  /** Searches for what the page's URL contains, once the gallery has loaded. */
  openAddress(): void {
    if (location.hash) this.#open(history.state);
  }

  /** Searches for another image, as a new step of the history. */
  start(input: QueryInput): void {
    this.show(plainQuery(input));
  }

  /** Shows an earlier query again, as a new step of the history. */
  show(query: Query): void {
    this.#record(query, "pushState");
    this.#search.run(query);
  }

  /** Changes the current query, if there is one, within its step of the history. */
  update(change: (query: Query) => Query): void {
    const current = currentQuery(this.#store.state);
    if (!current) return;
    const query = change(current);
    this.#record(query, "replaceState");
    this.#search.run(query);
  }

  filter(label: string): void {
    this.#store.dispatch({ kind: "labelChanged", label });
    this.#record(currentQuery(this.#store.state), "replaceState");
    this.#search.repeat();
  }

  /** Goes back to the gallery, as a new step of the history. */
  clear(): void {
    this.#record(undefined, "pushState");
    this.#store.dispatch({ kind: "searchCleared" });
  }

  #record(query: Query | undefined, method: "pushState" | "replaceState"): void {
    const { gallery, label } = this.#store.state;
    if (!gallery) return;
    const url = location.pathname + location.search + formatAddress({ query, label }, gallery);
    // A URL cannot refer to a user's image, but within the visit its history entry can.
    const image = query?.input.kind === "image" ? query.input.url : null;
    history[method](image, "", url);
  }

  /** @param image history state: the object URL of a user's image, or null */
  #open(image: unknown): void {
    const { gallery, recent } = this.#store.state;
    if (!gallery) return;
    const { query, label } = parseAddress(location.hash, gallery);
    this.#store.dispatch({ kind: "labelChanged", label });
    const own = recent.find(({ input }) => input.kind === "image" && input.url === image);
    const target = own ?? query;
    if (target) this.#search.run(target);
    else this.#store.dispatch({ kind: "searchCleared" });
  }
}
