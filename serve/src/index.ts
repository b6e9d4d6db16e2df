/**
 * serve: the search service. Its API's types are what a typed client needs.
 *
 * @module @plumage/serve
 */
export type { AppType } from "./api/app.ts";
export { UsearchStore } from "./stores/embedded/usearchStore.ts";
