/** The choice between device, server and both, and the form for a server's address. */
import { formatCount } from "../../format/numbers.ts";
import { type SearchTarget, type ServerState, searchTargets } from "../../state/state.ts";
import { element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

export interface ServerActions {
  setTarget(target: SearchTarget): void;
  /** @param address as entered; empty for the server that sent the page */
  connect(address: string): void;
}

export function createServerPanel({ setTarget, connect }: ServerActions): View {
  const radios = searchTargets.map((name) => element(`where-${name}`, HTMLInputElement));
  for (const radio of radios)
    radio.addEventListener("change", () => setTarget(radio.value as SearchTarget));
  element("server-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    connect(element("server-address", HTMLInputElement).value.trim());
  });
  return {
    draw({ target, server }) {
      const isConnected = server.kind === "connected";
      for (const radio of radios) {
        radio.checked = radio.value === target;
        radio.disabled = radio.value !== "device" && !isConnected;
      }
      element("where-status", HTMLElement).textContent = statusOf(server);
      element("privacy", HTMLElement).textContent =
        isConnected && target !== "device"
          ? `Your image is sent to ${server.host}.`
          : "Nothing leaves your device.";
    },
  };
}

function statusOf(server: ServerState): string {
  switch (server.kind) {
    case "connecting":
      return "Looking for a server.";
    case "unavailable":
      return server.reason;
    case "connected":
      return `The server at ${server.host} has ${formatCount(server.items)} images.`;
  }
}
