/** GET /duplicates: items that show the same. Nothing is ever deleted. */
import { createRoute } from "@hono/zod-openapi";
import { duplicateGroups, tierThresholds } from "../../neighbors/duplicates.ts";
import type { NeighborsIn } from "../../neighbors/galleryNeighbors.ts";
import { clientSignal } from "../operations/clientSignal.ts";
import { type PresentGroup, presentGroups } from "../operations/presentGroups.ts";
import { duplicatesQuerySchema, duplicatesSchema } from "../schemas/duplicates.ts";
import { commonProblems, csvOrJson } from "../schemas/responses.ts";
import {
  chosenModel,
  createRouter,
  type LinkTarget,
  linksTo,
  type ServeContext,
} from "./context.ts";
import { duplicatesCsv } from "./duplicatesCsv.ts";
import { itemJson } from "./itemJson.ts";

/** A page ends once its groups have so many items. */
const maxItemsPerPage = 1000;

const duplicatesRoute = createRoute({
  method: "get",
  path: "/duplicates",
  summary: "List groups of items that show the same, the best image of each first.",
  request: { query: duplicatesQuerySchema },
  responses: {
    200: csvOrJson(duplicatesSchema, "Groups of two items or more, the largest first."),
    ...commonProblems,
  },
});

export function duplicateRoutes(context: ServeContext, neighborsIn: NeighborsIn) {
  return createRouter().openapi(duplicatesRoute, async (c) => {
    const { tier, after, limit, format, ...query } = c.req.valid("query");
    const threshold = query.threshold ?? tierThresholds[tier];
    const model = chosenModel(context.models, c);
    const { collection } = model;
    const signal = clientSignal(c);
    const gallery = await neighborsIn(collection).get(signal);
    const groups = await duplicateGroups(gallery, threshold);
    const present = presentGroups(collection, gallery, groups, after + 1, signal);
    if (format === "csv") {
      const lines = ReadableStream.from(duplicatesCsv(present));
      return c.body(lines.pipeThrough(new TextEncoderStream()), 200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="duplicates.csv"',
      });
    }
    const page = await firstGroups(present, limit);
    const links = linksTo(model, context, c);
    const last = page.at(-1)?.rank ?? groups.length;
    const next = last + 1 < groups.length ? last : null;
    const json = { groups: page.map((group) => groupJson(group, links)), threshold };
    return c.json({ ...json, total: groups.length, next }, 200);
  });
}

async function firstGroups(
  groups: AsyncGenerator<PresentGroup, void>,
  limit: number,
): Promise<PresentGroup[]> {
  const page: PresentGroup[] = [];
  let items = 0;
  for await (const group of groups) {
    page.push(group);
    items += group.duplicates.length;
    if (page.length === limit || items >= maxItemsPerPage) break;
  }
  return page;
}

const groupJson = ({ duplicates }: PresentGroup, links: LinkTarget) => ({
  best: duplicates[0]!.item.id,
  items: duplicates.map(({ item, score, size }) => ({
    ...itemJson(item, links),
    score,
    ...(size ? { width: size.width, height: size.height } : {}),
    bytes: item.bytes,
  })),
});
