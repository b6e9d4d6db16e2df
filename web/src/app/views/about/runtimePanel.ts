/** The chip in the masthead that says what computes, with the reasons and times behind it. */
import type { RuntimeInfo } from "../../../engine/protocol.ts";
import {
  count,
  duration,
  explainGoldens,
  explainSearch,
  explainStorage,
  explainVariant,
  providerTitles,
} from "../../format/format.ts";
import type { State } from "../../state/state.ts";
import { element } from "../dom/elements.ts";

/** What the chip says, and the phase that its dot shows. */
function chip({ runtime, broken, progress }: State): [string, "ready" | "broken" | "loading"] {
  if (broken) return ["Not running", "broken"];
  if (runtime) return [`${providerTitles[runtime.provider]}, ${runtime.detail}`, "ready"];
  if (!progress || progress.total === 0) return ["Starting", "loading"];
  return [`Loading ${Math.floor((100 * progress.received) / progress.total)}%`, "loading"];
}

function facts({
  attempts,
  model,
  variant,
  goldens,
  timings,
  search,
  storage,
}: RuntimeInfo): [string, string][] {
  const passedOver = attempts.slice(0, -1).map(({ outcome }) => outcome);
  return [
    ["Provider", attempts.at(-1)!.outcome],
    ...(passedOver.length > 0
      ? ([["Passed over", passedOver.join("; ")]] as [string, string][])
      : []),
    ["Variant", explainVariant(variant)],
    ["Checked", explainGoldens(goldens, timings.probe)],
    [
      "Started",
      `files and runtime in ${duration(timings.files)}, session in ${duration(timings.session)}`,
    ],
    [
      "Model",
      `${model.name}: ${model.imageSize} x ${model.imageSize} pixels to ${count(model.dimension)} numbers`,
    ],
    ...(search ? ([["Search", explainSearch(search)]] as [string, string][]) : []),
    ["Offline", explainStorage(storage)],
  ];
}

export function drawRuntime(state: State): void {
  const [text, phase] = chip(state);
  const summary = element("runtime-summary", HTMLElement);
  summary.textContent = text;
  summary.dataset.phase = phase;
  const rows = state.runtime ? facts(state.runtime) : [["Provider", text] as [string, string]];
  const list = element("runtime-facts", HTMLDListElement);
  list.replaceChildren(
    ...rows.flatMap(([term, description]) => {
      const dt = document.createElement("dt");
      dt.textContent = term;
      const dd = document.createElement("dd");
      dd.textContent = description;
      return [dt, dd];
    }),
  );
}
