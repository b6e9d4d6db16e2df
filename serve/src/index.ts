/**
 * The search service. The types of its API are what a typed client imports (hono/client).
 *
 * @module @plumage/serve
 */
export type { AppType } from "./api/app.ts";
export { type Hit, UsearchIndex } from "./stores/embedded/usearchIndex.ts";
