/** Vite's entry; the configuration itself is build/configuration.ts. */
import { tsImport } from "tsx/esm/api";

// Vite leaves imports of other packages to Node, and ours are TypeScript.
const { configuration } = (await tsImport(
  "./build/configuration.ts",
  import.meta.url,
)) as typeof import("./build/configuration.ts");

export default configuration;
