/** Options in the page's URL: `?provider=wasm`, `?variant=fp32`. */
import { variantNames } from "@plumage/models";
import type { RuntimeOverrides } from "../../engine/inference/candidates.ts";
import { providerNames } from "../../engine/inference/providers.ts";

export interface UrlOptions {
  readonly overrides: RuntimeOverrides;
  /** What is wrong with the options, as sentences. */
  readonly errors: readonly string[];
}

export function parseUrlOptions(search: string): UrlOptions {
  const params = new URLSearchParams(search);
  const errors: string[] = [];
  const read = <Name extends string>(key: string, names: readonly Name[]): Name | undefined => {
    const value = params.get(key);
    const name = names.find((known) => known === value);
    if (value !== null && !name)
      errors.push(`Unknown ${key} "${value}" in the URL. Use ${names.join(" or ")}.`);
    return name;
  };
  const provider = read("provider", providerNames);
  const variant = read("variant", variantNames);
  return { overrides: { provider, variant }, errors };
}
