/** `npm run demo`: trains, exports, indexes, packs the gallery, builds the page and serves it. */
import { PlumageError } from "@plumage/models";
import { duration, runCommand } from "@plumage/models/cli";
import { storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { onWhite } from "../support/images/scenes.ts";
import { stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { freePort, type SearchServer, startServer } from "../support/servers/searchServer.ts";
import { accuracyLines } from "./accuracy.ts";

const name = "emoji";

const command = {
  usage: "npm run demo --",
  summary:
    "Runs train, export, index, gallery, the page's build and the server, and prints the\n" +
    "page's URL.",
  options: {
    once: {
      description: "check that the page and a search work, then stop",
      schema: z.boolean().default(false),
    },
    skipTrain: {
      description: "keep the model that is in models/store/emoji",
      schema: z.boolean().default(false),
    },
    port: {
      description: "port of the server; 0 for a free one",
      value: "PORT",
      schema: z.coerce.number().int().min(0).max(65535, "use a port up to 65535").default(8080),
    },
  },
};

/** Checks that the page loads and that a search finds something. @returns the labels found */
async function check({ url }: SearchServer): Promise<string> {
  const page = await fetch(url);
  if (!page.ok || !/<html/i.test(await page.text()))
    throw new PlumageError("unavailable", `${url} does not serve the page`);
  const body = new Blob([await onWhite("octopus", 320, 240).jpeg().toBuffer()], {
    type: "image/jpeg",
  });
  const response = await fetch(`${url}/search?k=3`, { method: "POST", body });
  const answer = z
    .object({ results: z.array(z.object({ label: z.string() })).min(1) })
    .safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !answer.success)
    throw new PlumageError("unavailable", `POST ${url}/search: ${response.status}, no results`);
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
    print(`nearest to a drawing of an octopus: ${await check(server)}`);
    print(
      `[${total}/${total}] serve: the page and a search work, after ${since(started)} in all\n`,
    );
    for (const line of await accuracyLines(storeFolder(name))) print(line);
    print(`\n${options.once ? "The page worked at" : "Open"} ${server.url}/`);
    if (options.once) return;
    print("Press Ctrl-C to stop the server.");
    const { exitCode } = await server.process;
    if (!signal.aborted)
      throw new PlumageError("unavailable", `serve ended with exit code ${exitCode}`);
  } finally {
    await server.close();
  }
});
