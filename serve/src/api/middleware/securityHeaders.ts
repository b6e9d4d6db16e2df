/** What browsers may do with answers. */
import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { secureHeaders } from "hono/secure-headers";

const policyOf = (directives: Readonly<Record<string, string>>): string =>
  Object.entries({ ...directives, "frame-ancestors": "'none'" })
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");

/** Data, images and errors load nothing. */
const dataPolicy = policyOf({ "default-src": "'none'" });

/** The documentation has a style of its own, and no scripts. */
export const docsPolicy = policyOf({ "default-src": "'none'", "style-src": "'unsafe-inline'" });

/** The page runs WebAssembly, shows local files, and may ask a server that a person names. */
export const pagePolicy = policyOf({
  "default-src": "'self'",
  "script-src": "'self' 'wasm-unsafe-eval' blob:",
  "worker-src": "'self' blob:",
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' blob: data:",
  "media-src": "'self' blob:",
  "connect-src": "'self' blob: data: http: https:",
  "object-src": "'none'",
  "base-uri": "'self'",
  "form-action": "'none'",
});

/** Adds security headers to every answer; a route may set a policy of its own. */
export const securityHeaders: MiddlewareHandler = every(
  secureHeaders({
    // The page's WebAssembly threads require a cross-origin isolated document.
    crossOriginEmbedderPolicy: "require-corp",
    // Pages of other origins use fetch, which CORS decides about.
    crossOriginResourcePolicy: "same-origin",
    // Only a proxy in front knows whether there is TLS.
    strictTransportSecurity: false,
  }),
  async (c, next) => {
    await next();
    if (!c.res.headers.has("content-security-policy"))
      c.header("content-security-policy", dataPolicy);
  },
);
