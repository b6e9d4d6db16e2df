/** The panel of the user's folder: progress, what is stored, and what is searched. */
import { type Scope, scopes } from "../../../engine/search/combinedSearch.ts";
import { formatCount, formatEstimate, plural } from "../../format/numbers.ts";
import type { FolderState, State } from "../../state/state.ts";
import { element, showText } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

export interface FolderActions {
  choose(): void;
  resume(): void;
  stop(): void;
  delete(): void;
  setScope(scope: Scope): void;
}

export function createFolderPanel(actions: FolderActions): View {
  const button = (name: string, action: () => void) => {
    const created = element(`folder-${name}`, HTMLButtonElement);
    created.addEventListener("click", action);
    return created;
  };
  const choose = button("choose", actions.choose);
  const resume = button("resume", actions.resume);
  const stop = button("stop", actions.stop);
  const remove = button("delete", actions.delete);
  const radios = scopes.map((name) => element(`scope-${name}`, HTMLInputElement));
  for (const radio of radios)
    radio.addEventListener("change", () => actions.setScope(radio.value as Scope));

  return {
    draw({ folder, runtime, scope, target }) {
      const { summary, progress, error, canResume } = folder;
      const isRunning = progress !== undefined;
      choose.disabled = !runtime;
      choose.textContent = summary ? "Choose again" : "Choose a folder";
      choose.hidden = isRunning;
      stop.hidden = !isRunning;
      resume.hidden = isRunning || !canResume;
      remove.hidden = isRunning || !summary;
      const bar = element("folder-progress", HTMLProgressElement);
      bar.hidden = !isRunning;
      if (progress) bar.value = progress.total === 0 ? 1 : progress.done / progress.total;
      element("folder-status", HTMLElement).textContent = statusOf(folder);
      showText(element("folder-error", HTMLElement), error);
      drawUnreadable(summary);
      // A server has only the gallery.
      element("scope", HTMLFieldSetElement).hidden =
        !summary?.stored || summary.isStale || target !== "device";
      for (const radio of radios) radio.checked = radio.value === scope;
    },
  };
}

function drawUnreadable(summary: State["folder"]["summary"]): void {
  const { unreadable = [] } = summary ?? {};
  element("folder-unreadable", HTMLDetailsElement).hidden = unreadable.length === 0;
  element("folder-unreadable-count", HTMLElement).textContent =
    `${plural(unreadable.length, "file")} could not be read`;
  element("folder-unreadable-names", HTMLElement).textContent = unreadable.join(", ");
}

function statusOf({ summary, progress }: FolderState): string {
  if (progress) {
    const { done, total, rate, secondsLeft } = progress;
    const parts = [
      `${formatCount(done)} of ${plural(total, "photo")}`,
      rate === undefined ? "" : `${rate.toFixed(rate < 10 ? 1 : 0)} per second`,
      secondsLeft === undefined ? "" : `${formatEstimate(secondsLeft)} left`,
    ];
    return parts.filter(Boolean).join(", ");
  }
  if (!summary)
    return (
      "Search your own photos, offline too: they are processed on this device and stored in this " +
      "browser. Nothing is uploaded."
    );
  const { name, stored, total, unreadable, isStale } = summary;
  if (isStale)
    return (
      `The model has changed since "${name}" was processed. ` +
      `Choose the folder again to process its ${plural(stored, "photo")} with the new model.`
    );
  const missing = total - stored - unreadable.length;
  const remaining =
    missing > 0
      ? `, ${formatCount(missing)} still to be processed. Choose the folder again to resume`
      : "";
  return `${name}: ${plural(stored, "photo")} in this browser${remaining}.`;
}
