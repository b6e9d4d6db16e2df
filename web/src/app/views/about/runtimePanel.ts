/** The chip that says what runs the model, and the panel with the details. */
import type { RuntimeInfo } from "../../../engine/protocol.ts";
import { formatCount, formatDuration } from "../../format/numbers.ts";
import {
  describeGoldens,
  describeSearch,
  describeStorage,
  describeVariant,
  providerTitles,
} from "../../format/runtime.ts";
import type { State } from "../../state/state.ts";
import { create, element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

type Fact = readonly [term: string, description: string];

export const runtimePanel: View = {
  draw(state) {
    const [text, phase] = chip(state);
    const summary = element("runtime-summary", HTMLElement);
    summary.textContent = text;
    summary.dataset.phase = phase;
    const rows: readonly Fact[] = state.runtime ? facts(state.runtime) : [["Provider", text]];
    element("runtime-facts", HTMLDListElement).replaceChildren(
      ...rows.flatMap(([term, description]) => [
        create("dt", { textContent: term }),
        create("dd", { textContent: description }),
      ]),
    );
  },
};

function chip({ runtime, isBroken, progress }: State): [string, "ready" | "broken" | "loading"] {
  if (isBroken) return ["Not running", "broken"];
  if (runtime) return [`${providerTitles[runtime.provider]}, ${runtime.detail}`, "ready"];
  if (!progress || progress.total === 0) return ["Starting", "loading"];
  return [`Loading ${Math.floor((100 * progress.received) / progress.total)}%`, "loading"];
}

function facts(runtime: RuntimeInfo): Fact[] {
  const { attempts, model, variant, goldens, timings, search, storage } = runtime;
  const outcomes = attempts.map(({ outcome }) => outcome);
  const rejected = outcomes.slice(0, -1).join("; ");
  const startup =
    `files and runtime in ${formatDuration(timings.files)}, ` +
    `session in ${formatDuration(timings.session)}`;
  const size = `${model.imageSize} x ${model.imageSize} pixels`;
  const all: (Fact | undefined)[] = [
    ["Provider", outcomes.at(-1)!],
    rejected ? ["Not used", rejected] : undefined,
    ["Variant", describeVariant(variant)],
    ["Self-test", describeGoldens(goldens, timings.goldens)],
    ["Startup", startup],
    ["Model", `${model.name}: ${size} to ${formatCount(model.dimension)} dimensions`],
    ["Images", model.resize],
    model.license ? ["License", model.license] : undefined,
    search ? ["Search", describeSearch(search)] : undefined,
    ["Offline", describeStorage(storage)],
  ];
  return all.filter((fact) => fact !== undefined);
}
