/** `npm run build:cosines -w web`: writes engine/cosines/cosines.wasm, which is checked in. */
import { fileURLToPath } from "node:url";
import { writeFileWhole } from "@plumage/models/node";
import { assembleCosines, cosinesFile } from "./assembleCosines.ts";

await writeFileWhole(fileURLToPath(cosinesFile("wasm")), await assembleCosines());
