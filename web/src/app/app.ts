/** The page: events in, state on, views drawn. */
import { type Box, variantNames } from "@plumage/models";
import { Engine } from "../engine/client.ts";
import {
  type Answer,
  type GalleryInfo,
  type ImageAnswer,
  providerNames,
} from "../engine/protocol.ts";
import { onUpdate } from "../offline/shell.ts";
import { exposeDebugHandle } from "./effects/debugHandle.ts";
import { explain } from "./format/format.ts";
import { ownServer, SearchServer, type ServerAnswer } from "./server/searchServer.ts";
import { addressOf, placeOf } from "./state/address.ts";
import {
  type Answers,
  addresses,
  currentQuery,
  initial,
  next,
  plainQuery,
  type Query,
  type State,
  type Event as StateEvent,
  type Subject,
  sameSubject,
  withExample,
} from "./state/state.ts";
import { drawCredits, drawStanding } from "./views/about/credits.ts";
import { drawRuntime } from "./views/about/runtimePanel.ts";
import { element } from "./views/dom/elements.ts";
import { onImage } from "./views/dom/imageButtons.ts";
import { Thumbnails } from "./views/dom/thumbnails.ts";
import { drawFolder, onFolder } from "./views/folder/folderPanel.ts";
import {
  type Folder,
  onFolderInput,
  pickFolder,
  readDropped,
} from "./views/folder/folderPicker.ts";
import { listenToCamera } from "./views/query/camera.ts";
import { CropBox } from "./views/query/cropBox.ts";
import { listen } from "./views/query/imageInput.ts";
import { drawQueryPanel } from "./views/query/queryPanel.ts";
import { onChosen } from "./views/results/grid.ts";
import { drawFilter, onFilter } from "./views/results/labelFilter.ts";
import { drawFoundPanel } from "./views/results/resultsPanel.ts";
import { drawWhere, onWhere } from "./views/server/serverPanel.ts";

/** As many as fill rows of three, four and six. */
const resultCount = 24;

let state: State = initial;
let thumbnails: Thumbnails | undefined;
/**
 * Asked for while a search by the same image was under way: a box is dragged faster than a network
 * answers.
 */
let wanted: Query | undefined;
let tickets = 0;
let server: SearchServer | undefined;

/** The query as the person last left it. */
const latest = (): Query | undefined => wanted ?? currentQuery(state);

function dispatch(event: StateEvent): void {
  const previous = state;
  state = next(previous, event);
  if (event.kind === "gallery") {
    thumbnails = new Thumbnails(event.gallery);
    drawCredits(event.gallery.attributions);
  }
  if (event.kind === "folder") thumbnails!.replace(state.gallery!);
  if (event.kind === "ready") drawStanding(event.runtime.model);
  drawRuntime(state);
  drawFilter(state);
  drawWhere(state);
  drawFolder(state);
  drawQueryPanel(state, thumbnails);
  cropBox.show(latest()?.box);
  drawFoundPanel(state, previous, thumbnails);
  const needed = addresses(state);
  for (const url of addresses(previous)) if (!needed.has(url)) URL.revokeObjectURL(url);
}

function onDevice({ subject, box, more, less }: Query): Promise<Answer | ImageAnswer> {
  // The server's answer is of the gallery, and this device's beside it too.
  const scope = state.where === "device" ? state.scope : "gallery";
  const refinement = { more, less, label: state.label, scope };
  return subject.kind === "entry"
    ? engine.searchByEntry(subject.index, refinement, resultCount)
    : engine.searchByImage({ blob: subject.blob, key: subject.url, box }, refinement, resultCount);
}

/** @param compared whether the embedding is wanted too, which the server gives of whole images */
async function onServer(
  { subject, box, more, less }: Query,
  compared: boolean,
): Promise<ServerAnswer> {
  const query = subject.kind === "entry" ? { entry: subject.index } : { blob: subject.blob, box };
  const answer = await server!.search(query, { more, less, label: state.label }, resultCount);
  if (!compared || subject.kind === "entry" || box) return answer;
  return { ...answer, embedding: await server!.embed(subject.blob) };
}

async function answersOf(query: Query): Promise<Answers> {
  if (state.where === "device") return { answer: await onDevice(query) };
  if (state.where === "server") return { answer: await onServer(query, false) };
  const [here, there] = await Promise.allSettled([onDevice(query), onServer(query, true)]);
  if (here.status === "rejected") throw here.reason;
  // A server that is gone takes nothing from the device's answer.
  if (there.status === "rejected") return { answer: here.value, problem: explain(there.reason) };
  return { answer: here.value, other: there.value };
}

async function ask(query: Query): Promise<void> {
  const ticket = tickets++;
  dispatch({ kind: "asked", ticket, query });
  try {
    dispatch({ kind: "answered", ticket, answers: await answersOf(query) });
  } catch (error) {
    const name = query.subject.kind === "image" ? query.subject.name : undefined;
    dispatch({ kind: "failed", ticket, error: explain(error, name) });
  }
  if (!wanted || state.pending) return;
  const waiting = wanted;
  wanted = undefined;
  ask(waiting);
}

/** Searches; of what is asked while the same image is being searched by, only the latest. */
function search(query: Query): void {
  const under = state.pending?.query;
  wanted = under && sameSubject(under.subject, query.subject) ? query : undefined;
  if (!wanted) ask(query);
}

function clear(): void {
  wanted = undefined;
  dispatch({ kind: "cleared" });
}

/** The browser's history: a new image is a new step, what is changed on one stays where it is. */
function remember(query: Query | undefined, step: "new" | "same"): void {
  if (!state.gallery) return;
  const fragment = addressOf({ query, label: state.label }, state.gallery);
  const url = location.pathname + location.search + fragment;
  const own = query?.subject.kind === "image" ? query.subject.url : null;
  history[step === "new" ? "pushState" : "replaceState"](own, "", url);
}

function begin(subject: Subject): void {
  const query = plainQuery(subject);
  remember(query, "new");
  search(query);
}

function change(query: Query): void {
  remember(query, "same");
  search(query);
}

/** Goes where the address says; `own` is an image of this visit, which no address can name. */
function goTo(gallery: GalleryInfo, own: unknown): void {
  const { query, label } = placeOf(location.hash, gallery);
  dispatch({ kind: "filtered", label });
  const recent = state.recent.find(
    ({ subject }) => subject.kind === "image" && subject.url === own,
  );
  const there = recent ?? query;
  if (there) search(there);
  else clear();
}

/** `?provider=wasm`, `?variant=fp32`: that one or none. */
const asked = new URLSearchParams(location.search);
const forcedTo = <Name extends string>(word: string, names: readonly Name[]): Name | undefined => {
  const name = asked.get(word);
  if (name !== null && !names.includes(name as Name))
    mistakes.push(`There is no ${word} "${name}". Use ${names.join(" or ")}.`);
  return names.find((known) => known === name);
};
const mistakes: string[] = [];
const forced = {
  provider: forcedTo("provider", providerNames),
  variant: forcedTo("variant", variantNames),
};
const cropBox = new CropBox((box: Box | undefined) => {
  const query = latest();
  if (query?.subject.kind === "image") change({ ...query, box });
});
const engine = new Engine(forced, {
  progress: (progress) => dispatch({ kind: "progress", progress }),
  runtime(runtime) {
    const before = state.runtime;
    dispatch({ kind: "ready", runtime });
    // What another computed is not to be believed.
    const isOther =
      before?.provider !== runtime.provider || before.variant.name !== runtime.variant.name;
    const query = latest();
    if (isOther && query) search(query);
  },
  broken: (error) => dispatch({ kind: "broken", error: explain(error) }),
  folder: (folder) => dispatch({ kind: "folder", folder }),
  folderProgress: (progress) => dispatch({ kind: "folderProgress", progress }),
});
engine.gallery.then(
  (gallery) => {
    dispatch({ kind: "gallery", gallery });
    if (location.hash) goTo(gallery, history.state);
  },
  () => undefined,
);
engine.ready.then(
  (runtime) => dispatch({ kind: "ready", runtime }),
  (error: unknown) => dispatch({ kind: "broken", error: explain(error) }),
);
exposeDebugHandle(engine);

/** The server that a person named on this page, in this browser. */
const serverKey = `plumage-server ${location.pathname}`;

/** @param address of a server; by default that which the page came from */
async function connect(address: string): Promise<void> {
  const { entries } = await engine.gallery;
  const url = address || (await ownServer());
  if (!url) {
    const reason = "There is no server beside this page: it comes from a plain host of files.";
    return dispatch({ kind: "server", server: { kind: "none", reason } });
  }
  try {
    server = await SearchServer.connect(url, entries);
    dispatch({
      kind: "server",
      server: { kind: "there", host: server.url.host, items: server.items },
    });
  } catch (error) {
    dispatch({ kind: "server", server: { kind: "none", reason: explain(error) } });
  }
}
connect(recall(serverKey)).catch(() => undefined);

/** What this browser keeps under a key; nothing where it keeps nothing. */
function recall(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

const image = (blob: Blob, name: string) =>
  begin({ kind: "image", name, url: URL.createObjectURL(blob), blob });
listen({
  image,
  folder: (directory) => embed(() => readDropped(directory)),
  nothing: (reason) => dispatch({ kind: "refused", error: reason }),
});
listenToCamera(
  (blob) => image(blob, "From the camera"),
  (error) => dispatch({ kind: "refused", error: explain(error) }),
);
onChosen({
  search(index) {
    begin({ kind: "entry", index });
    // The tile that had the focus goes away with the old grid.
    element("found-title", HTMLElement).focus({ preventScroll: true });
    scrollTo({ top: 0 });
  },
  example(index, side) {
    const query = latest();
    if (!query) return;
    change(withExample(query, index, side));
    element("found-title", HTMLElement).focus({ preventScroll: true });
  },
});
onImage(element("examples", HTMLUListElement), (key) => {
  const query = latest();
  const [side, index] = key.split(" ") as ["more" | "less", string];
  if (query) change(withExample(query, Number(index), side));
});
onImage(element("recent", HTMLUListElement), (key) => {
  const query = state.recent[Number(key)];
  if (!query) return;
  remember(query, "new");
  search(query);
});
onFilter(
  (label) => {
    dispatch({ kind: "filtered", label });
    const query = latest();
    remember(query, "same");
    if (query) search(query);
  },
  () => state.gallery,
);
/**
 * The folder that was last chosen in this visit: where its embedding is interrupted, it can go on.
 */
let chosen: Folder | undefined;

async function embed(choose: () => Promise<Folder | undefined>): Promise<void> {
  let problem: string | undefined;
  try {
    const folder = await choose();
    if (!folder) return;
    chosen = folder;
    // Without it a browser that runs out of room may throw away what took long to make.
    await navigator.storage?.persist?.();
    await engine.embedFolder(folder.name, folder.files);
  } catch (error) {
    problem = explain(error);
  }
  dispatch({ kind: "folderEnded", problem });
}
onFolderInput((folder) => embed(async () => folder));
onFolder({
  choose: () => embed(pickFolder),
  goOn: () => embed(async () => chosen),
  stop: () => engine.stopFolder(),
  async delete() {
    chosen = undefined;
    await engine.deleteFolder();
    dispatch({ kind: "folderEnded", problem: undefined });
  },
  scope(scope) {
    dispatch({ kind: "scope", scope });
    const query = latest();
    if (query) search(query);
  },
});
onWhere({
  where(where) {
    dispatch({ kind: "where", where });
    const query = latest();
    if (query) search(query);
  },
  server(address) {
    try {
      localStorage.setItem(serverKey, address);
    } catch {
      // It is asked for again at the next visit.
    }
    connect(address);
  },
});
element("whole", HTMLButtonElement).addEventListener("click", () => {
  const query = latest();
  if (query) change({ ...query, box: undefined });
});
element("clear", HTMLButtonElement).addEventListener("click", () => {
  remember(undefined, "new");
  clear();
});
element("shuffle", HTMLButtonElement).addEventListener("click", () =>
  dispatch({ kind: "shuffled" }),
);
window.addEventListener("popstate", ({ state: own }) => state.gallery && goTo(state.gallery, own));

dispatch(
  mistakes.length === 0 ? { kind: "cleared" } : { kind: "refused", error: mistakes.join(" ") },
);

onUpdate((apply) => {
  element("update", HTMLElement).hidden = false;
  element("update-apply", HTMLButtonElement).addEventListener("click", apply);
});
