/** The page: events in, state on, views drawn. */
import { Engine } from "./engine/client.ts";
import { type Answer, type PictureAnswer, providerNames } from "./engine/protocol.ts";
import { drawCredits, drawStanding } from "./page/colophon.ts";
import { exposeDebugHandle } from "./page/debugHandle.ts";
import { element } from "./page/elements.ts";
import { explain } from "./page/format.ts";
import { drawFoundPanel } from "./page/foundPanel.ts";
import { onChosen } from "./page/grid.ts";
import { listen } from "./page/intake.ts";
import { drawQueryPanel } from "./page/queryPanel.ts";
import { drawRuntime } from "./page/runtimePanel.ts";
import { addresses, type Event, initial, next, type Query, type State } from "./page/state.ts";
import { Thumbnails } from "./page/thumbnails.ts";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/query.css";
import "./styles/grid.css";

/** As many as fill rows of three, four and six. */
const resultCount = 24;

let state: State = initial;
let thumbnails: Thumbnails | undefined;

function dispatch(event: Event): void {
  const previous = state;
  state = next(previous, event);
  if (event.kind === "gallery") {
    thumbnails = new Thumbnails(event.gallery);
    drawCredits(event.gallery.attributions);
  }
  if (event.kind === "ready") drawStanding(event.runtime.model);
  drawRuntime(state);
  drawQueryPanel(state, thumbnails);
  drawFoundPanel(state, previous, thumbnails);
  const needed = addresses(state);
  for (const url of addresses(previous)) if (!needed.has(url)) URL.revokeObjectURL(url);
}

let tickets = 0;

async function search(query: Query, ask: () => Promise<Answer | PictureAnswer>): Promise<void> {
  const ticket = tickets++;
  dispatch({ kind: "asked", ticket, query });
  try {
    dispatch({ kind: "answered", ticket, answer: await ask() });
  } catch (error) {
    const subject = query.kind === "picture" ? query.name : undefined;
    dispatch({ kind: "failed", ticket, error: explain(error, subject) });
  }
}

/** `?provider=wasm` or `?provider=webgpu` takes that one or none. */
const asked = new URLSearchParams(location.search).get("provider");
const provider = providerNames.find((name) => name === asked);
const engine = new Engine(provider, (progress) => dispatch({ kind: "progress", progress }));
engine.gallery.then(
  (gallery) => dispatch({ kind: "gallery", gallery }),
  () => undefined,
);
engine.ready.then(
  (runtime) => dispatch({ kind: "ready", runtime }),
  (error: unknown) => dispatch({ kind: "broken", error: explain(error) }),
);
exposeDebugHandle(engine);

listen({
  picture(blob, name) {
    const query: Query = { kind: "picture", name, url: URL.createObjectURL(blob) };
    search(query, () => engine.searchByPicture(blob, resultCount));
  },
  nothing: (reason) => dispatch({ kind: "refused", error: reason }),
});
onChosen((index) => {
  search({ kind: "entry", index }, () => engine.searchByEntry(index, resultCount));
  // The tile that had the focus goes away with the old grid.
  element("found-title", HTMLElement).focus({ preventScroll: true });
  scrollTo({ top: 0 });
});
element("clear", HTMLButtonElement).addEventListener("click", () => dispatch({ kind: "cleared" }));
element("shuffle", HTMLButtonElement).addEventListener("click", () => dispatch({ kind: "shuffled" }));

dispatch(
  asked === null || provider
    ? { kind: "cleared" }
    : { kind: "refused", error: `There is no provider "${asked}". Use ${providerNames.join(" or ")}.` },
);

// Without https there is no service worker: the page works, but not offline.
if (import.meta.env.PROD) navigator.serviceWorker?.register("./serviceWorker.js").catch(() => undefined);
