/** The API documentation as one HTML page, without scripts or external resources. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: {
    readonly description?: string;
    readonly type?: unknown;
    readonly default?: unknown;
  };
}
interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly description?: string };
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}

const parameterRow = ({ name, in: place, description, schema }: Parameter) =>
  html`<tr><td><code>${name}</code></td><td>${place}</td><td>${schema?.type ?? "string"}${
    schema?.default === undefined ? "" : `, default ${schema.default}`
  }</td><td>${description ?? schema?.description ?? ""}</td></tr>`;

const operationSection = (
  method: string,
  path: string,
  { summary, parameters = [], requestBody, responses }: Operation,
) =>
  html`<section><h2><code>${method.toUpperCase()} ${path}</code></h2><p>${summary ?? ""}</p>
${parameters.length > 0 ? html`<table>${parameters.map(parameterRow)}</table>` : ""}
${requestBody?.description ? html`<p>Body: ${requestBody.description}</p>` : ""}
<table>${Object.entries(responses).map(
    ([status, { description }]) =>
      html`<tr><td><code>${status}</code></td><td>${description ?? ""}</td></tr>`,
  )}</table></section>`;

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;
  color-scheme:light dark}
h2{margin:2rem 0 0;font-size:1.1rem}
table{border-collapse:collapse;margin:.5rem 0;width:100%}
td{padding:.2rem 1rem .2rem 0;vertical-align:top;border-top:1px solid #8884}
code{font:.95em ui-monospace,monospace}`;

/** Renders an OpenAPI document. */
export function docsPage({ info, paths = {} }: Document) {
  const operations = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        operationSection(method, path, operation),
      ),
  );
  const { title, description = "" } = info;
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title} API</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head>
<body><h1>${title}</h1>
<p>${description} OpenAPI document: <a href="openapi.json">openapi.json</a>.</p>
${operations}</body></html>`;
}
