/** `npm run build:adam -w train`: writes engine/recorded/adam/adam.wasm, which is checked in. */
import { fileURLToPath } from "node:url";
import { writeFileWhole } from "@plumage/models/node";
import { adamFile, assembleAdam } from "./assembleAdam.ts";

await writeFileWhole(fileURLToPath(adamFile("wasm")), await assembleAdam());
