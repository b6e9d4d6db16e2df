/** Loads build/configuration.ts. */
import { tsImport } from "tsx/esm/api";

// Vite leaves imports of other packages to Node, which cannot load TypeScript by itself.
const { configuration } = (await tsImport(
  "./build/configuration.ts",
  import.meta.url,
)) as typeof import("./build/configuration.ts");

export default configuration;
