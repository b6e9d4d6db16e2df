/**
 * `npm run demo`: trains, exports, indexes, packs, builds the page and serves it, and says where it
 * is.
 */
import { once } from "node:events";
import { PlumageError } from "@plumage/models";
import { duration, runCommand } from "@plumage/models/cli";
import { storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { onWhite } from "../support/images/scenes.ts";
import { stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { freePort, type SearchServer, startServer } from "../support/servers/searchServer.ts";
import { standing } from "./standing.ts";

const name = "emoji";

const command = {
  usage: "npm run demo --",
  summary:
    "Everything in order: train, export, index, gallery, page, server. Ends with the URL of a page that works.",
  options: {
    once: {
      description: "check that the page and a search answer, then stop",
      schema: z.boolean().default(false),
    },
    skipTrain: {
      description: "keep the model that is in models/store/emoji",
      schema: z.boolean().default(false),
    },
    port: {
      description: "port of the server; 0 takes a free one",
      value: "PORT",
      schema: z.coerce
        .number("use a number")
        .int()
        .min(0)
        .max(65535, "use a port up to 65535")
        .default(8080),
    },
  },
};

/** The page comes, and a search finds something. */
async function check({ url }: SearchServer): Promise<string> {
  const page = await fetch(url);
  if (!page.ok || !/<html/i.test(await page.text()))
    throw new PlumageError("unavailable", `no page at ${url}`);
  const body = new Blob([await onWhite("octopus", 320, 240).jpeg().toBuffer()], {
    type: "image/jpeg",
  });
  const response = await fetch(`${url}/search?k=3`, { method: "POST", body });
  const answer = z
    .object({ results: z.array(z.object({ label: z.string() })).min(1) })
    .safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !answer.success)
    throw new PlumageError(
      "unavailable",
      `POST ${url}/search gave ${response.status} and no results`,
    );
  return answer.data.results.map(({ label }) => label).join(", ");
}

await runCommand(command, async ({ options, signal, print }) => {
  const steps = stepsFor(name).filter((step) => !(options.skipTrain && step.name === "train"));
  const total = steps.length + 1;
  const started = performance.now();
  const since = (start: number) => duration((performance.now() - start) / 1000);

  for (const [index, step] of steps.entries()) {
    print(`[${index + 1}/${total}] ${step.name}`);
    const stepStarted = performance.now();
    await run(step.name, step.program, signal);
    print(`[${index + 1}/${total}] ${step.name}: done in ${since(stepStarted)}\n`);
  }

  print(`[${total}/${total}] serve`);
  const server = await startServer(name, options.port || (await freePort()), signal);
  try {
    print(`a drawn octopus is nearest to: ${await check(server)}`);
    print(
      `[${total}/${total}] serve: the page and a search answer, ${since(started)} after the start\n`,
    );
    for (const line of await standing(storeFolder(name))) print(line);
    print(`\n${options.once ? "The page worked at" : "The page:"} ${server.url}/`);
    if (options.once) return;
    print("Ctrl-C ends the server.");
    const [code] = (await once(server.process, "close")) as [number | null];
    if (!signal.aborted)
      throw new PlumageError("unavailable", `serve ended with exit code ${code}`);
  } finally {
    await server.close();
  }
});
