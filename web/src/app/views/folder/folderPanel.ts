/**
 * A person's own folder: what is kept of it, how far its embedding is, and which of the two is
 * searched.
 */
import { type Scope, scopes } from "../../../engine/protocol.ts";
import { count, plural, remaining } from "../../format/format.ts";
import type { State } from "../../state/state.ts";
import { element } from "../dom/elements.ts";

const radios = (): HTMLInputElement[] =>
  scopes.map((name) => element(`scope-${name}`, HTMLInputElement));

export function drawFolder({
  folder: { about, progress, problem, canGoOn },
  runtime,
  scope,
  where,
}: State): void {
  const isRunning = progress !== undefined;
  const button = (id: string, shown: boolean) => {
    element(id, HTMLButtonElement).hidden = !shown;
  };
  const choose = element("folder-choose", HTMLButtonElement);
  choose.disabled = !runtime;
  choose.textContent = about ? "Choose again" : "Choose a folder";
  button("folder-choose", !isRunning);
  button("folder-stop", isRunning);
  button("folder-go-on", !isRunning && canGoOn);
  button("folder-delete", !isRunning && about !== undefined);

  const bar = element("folder-progress", HTMLProgressElement);
  bar.hidden = !isRunning;
  if (progress) bar.value = progress.total === 0 ? 1 : progress.done / progress.total;
  element("folder-status", HTMLElement).textContent = statusOf({ about, progress });
  const error = element("folder-error", HTMLElement);
  error.hidden = !problem;
  error.textContent = problem ?? "";

  const unreadable = about?.unreadable ?? [];
  const details = element("folder-unreadable", HTMLDetailsElement);
  details.hidden = unreadable.length === 0;
  element("folder-unreadable-count", HTMLElement).textContent =
    `${plural(unreadable.length, "file")} could not be read`;
  element("folder-unreadable-names", HTMLElement).textContent = unreadable.join(", ");

  // The server knows nothing of it.
  element("scope", HTMLFieldSetElement).hidden =
    !about || about.kept === 0 || about.isStale || where !== "device";
  for (const radio of radios()) radio.checked = radio.value === scope;
}

function statusOf({ about, progress }: Pick<State["folder"], "about" | "progress">): string {
  if (progress) {
    const { done, total, rate, secondsLeft } = progress;
    const pace =
      rate === undefined ? "" : `, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} a second`;
    const left = secondsLeft === undefined ? "" : `, ${remaining(secondsLeft)} left`;
    return `${count(done)} of ${plural(total, "image")}${pace}${left}`;
  }
  if (!about)
    return "It is embedded here, kept in this browser and searched with the network off. Nothing is uploaded.";
  const { name, kept, total, unreadable, isStale } = about;
  if (isStale)
    return `The model has changed since "${name}" was embedded. Choose the folder again to embed its ${plural(kept, "image")} anew.`;
  const missing = total - kept - unreadable.length;
  const rest =
    missing > 0
      ? `, ${count(missing)} are still to be embedded. Choose the folder again to go on`
      : "";
  return `${name}: ${plural(kept, "image")} in this browser${rest}.`;
}

export interface FolderChoices {
  choose(): void;
  stop(): void;
  goOn(): void;
  delete(): void;
  scope(scope: Scope): void;
}

export function onFolder(choices: FolderChoices): void {
  const on = (id: string, act: () => void) =>
    element(id, HTMLButtonElement).addEventListener("click", act);
  on("folder-choose", choices.choose);
  on("folder-stop", choices.stop);
  on("folder-go-on", choices.goOn);
  on("folder-delete", choices.delete);
  for (const radio of radios())
    radio.addEventListener("change", () => choices.scope(radio.value as Scope));
}
