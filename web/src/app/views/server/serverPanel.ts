/** The switch "this device, server, both", and the address of a server that a person names. */

import { count } from "../../format/format.ts";
import { type State, type Where, whereNames } from "../../state/state.ts";
import { element } from "../dom/elements.ts";

const radios = (): HTMLInputElement[] =>
  whereNames.map((name) => element(`where-${name}`, HTMLInputElement));

export function drawWhere({ where, server }: State): void {
  for (const radio of radios()) {
    radio.checked = radio.value === where;
    radio.disabled = radio.value !== "device" && server.kind !== "there";
  }
  const status = element("where-status", HTMLElement);
  status.textContent =
    server.kind === "there"
      ? `The server at ${server.host} has ${count(server.items)} images.`
      : server.kind === "none"
        ? server.reason
        : "Looking for a server.";
  element("privacy", HTMLElement).textContent =
    where === "device" || server.kind !== "there"
      ? "Nothing leaves your device."
      : `Your image is sent to ${server.host}.`;
}

export interface WhereChoices {
  where(where: Where): void;
  /** @param address as it was typed; empty for the server that the page came from */
  server(address: string): void;
}

export function onWhere(choices: WhereChoices): void {
  for (const radio of radios())
    radio.addEventListener("change", () => choices.where(radio.value as Where));
  element("server-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    choices.server(element("server-address", HTMLInputElement).value.trim());
  });
}
