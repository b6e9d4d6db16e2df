/** `npm run build:cosines -w web`: writes cosines.wasm, which is checked in. */
import { fileURLToPath } from "node:url";
import { writeFileWhole } from "@plumage/models/node";
import { assembleCosines, cosinesFile } from "./assemble.ts";

await writeFileWhole(fileURLToPath(cosinesFile("wasm")), await assembleCosines());
