/** Opens a catalog that must exist. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { PlumageError } from "@plumage/models";
import { Catalog } from "./catalog.ts";

/** @throws PlumageError "bad-file" with this hint if there is no catalog */
export function openCatalog(path: string, hint: string): Catalog {
  if (!existsSync(path))
    throw new PlumageError("bad-file", `there is no index in ${dirname(path)}`, hint);
  return new Catalog(path);
}
