/** Connects the state, the effects that change it and the views that draw it. */
import { Engine } from "../engine/client.ts";
import type { RuntimeInfo } from "../engine/protocol.ts";
import { onUpdate } from "../offline/updates.ts";
import { exposeDebugHandle } from "./effects/debugHandle.ts";
import { FolderEmbedding } from "./effects/folder.ts";
import { Navigation } from "./effects/navigation.ts";
import { Renditions } from "./effects/renditions.ts";
import { Search } from "./effects/search.ts";
import { ServerConnection } from "./effects/serverConnection.ts";
import { parseUrlOptions } from "./effects/urlOptions.ts";
import { explain } from "./format/errors.ts";
import { toggleExample } from "./state/query.ts";
import { imageUrls } from "./state/selectors.ts";
import { Store } from "./state/store.ts";
import { credits } from "./views/about/credits.ts";
import { runtimePanel } from "./views/about/runtimePanel.ts";
import { element } from "./views/dom/elements.ts";
import { Thumbnails } from "./views/dom/thumbnails.ts";
import type { View } from "./views/dom/view.ts";
import { createFolderPanel } from "./views/folder/folderPanel.ts";
import { onFolderInput, pickFolder, readDroppedFolder } from "./views/folder/folderPicker.ts";
import { listenToCamera } from "./views/query/camera.ts";
import { CropBox } from "./views/query/cropBox.ts";
import { listenToInput } from "./views/query/imageInput.ts";
import { loading } from "./views/query/loading.ts";
import { createQueryPanel } from "./views/query/queryPanel.ts";
import { createWordsField } from "./views/query/wordsField.ts";
import { createLabelFilter } from "./views/results/labelFilter.ts";
import { createResultsPanel } from "./views/results/resultsPanel.ts";
import { createServerPanel } from "./views/server/serverPanel.ts";

const store = new Store();
const { overrides, errors } = parseUrlOptions(location.search);
const engine = new Engine(overrides, {
  progress: (progress) => store.dispatch({ kind: "downloadProgressed", progress }),
  folder: (folder) => store.dispatch({ kind: "folderChanged", folder }),
  folderProgress: (progress) => store.dispatch({ kind: "folderProgressed", progress }),
});

const connection = new ServerConnection(
  store,
  engine.gallery.then(({ entries }) => entries),
);
const search = new Search(store, engine, () => connection.server);
const navigation = new Navigation(store, search);
const folder = new FolderEmbedding(store, engine);

const toggle = (index: number, side: "more" | "less") =>
  navigation.update((query) => toggleExample(query, index, side));
const searchImage = (blob: Blob, name: string) =>
  navigation.start({ kind: "image", name, url: URL.createObjectURL(blob), blob });
const reject = (error: string) => store.dispatch({ kind: "inputRejected", error });

const thumbnails = new Thumbnails();
const renditions = new Renditions(engine, () => {
  for (const view of views) view.draw(store.state, store.state);
});
const views: readonly View[] = [
  thumbnails,
  credits,
  runtimePanel,
  loading,
  createLabelFilter((label) => navigation.filter(label)),
  createServerPanel({
    setTarget(target) {
      store.dispatch({ kind: "targetChanged", target });
      search.repeat();
    },
    connect: (address) => connection.change(address),
  }),
  createFolderPanel({
    choose: () => folder.start(pickFolder),
    resume: () => folder.resume(),
    stop: () => folder.stop(),
    delete: () => folder.delete(),
    setScope(scope) {
      store.dispatch({ kind: "scopeChanged", scope });
      search.repeat();
    },
  }),
  createQueryPanel(
    {
      removeCrop: () => navigation.update((query) => ({ ...query, box: undefined })),
      toggleExample: toggle,
      showRecent(place) {
        const query = store.state.recent[place];
        if (query) navigation.show(query);
      },
      clear: () => navigation.clear(),
    },
    thumbnails,
    renditions,
  ),
  createWordsField((text) => navigation.start({ kind: "text", text })),
  new CropBox((box) =>
    navigation.update((query) => (query.input.kind === "image" ? { ...query, box } : query)),
  ),
  createResultsPanel(
    {
      search(index) {
        navigation.start({ kind: "entry", index });
        scrollTo({ top: 0 });
      },
      toggleExample: toggle,
      shuffle: () => store.dispatch({ kind: "sampleShuffled" }),
    },
    thumbnails,
  ),
];
store.subscribe((state, previous) => {
  for (const view of views) view.draw(state, previous);
  const urls = imageUrls(state);
  for (const url of imageUrls(previous)) if (!urls.has(url)) renditions.revoke(url);
});

listenToInput({
  searchImage,
  openFolder: (directory) => folder.start(() => readDroppedFolder(directory)),
  reject,
});
listenToCamera({ searchImage, fail: (error) => reject(explain(error)) });
onFolderInput((contents) => folder.start(async () => contents));
onUpdate((apply) => {
  element("update", HTMLElement).hidden = false;
  element("update-apply", HTMLButtonElement).addEventListener("click", apply);
});

const fail = (error: unknown) => store.dispatch({ kind: "engineFailed", error: explain(error) });

async function showGallery(): Promise<void> {
  const gallery = await engine.gallery;
  store.dispatch({ kind: "galleryLoaded", gallery });
  navigation.openAddress();
  await connection.open();
}

async function showRuntime(): Promise<void> {
  store.dispatch({ kind: "runtimeChanged", runtime: await engine.ready });
  const before = store.state.runtime!;
  const runtime = await engine.verified;
  store.dispatch({ kind: "runtimeChanged", runtime });
  // Results of a model that failed its check are not to be trusted.
  if (!isSameModel(before, runtime)) search.repeat();
}

const isSameModel = (a: RuntimeInfo, b: RuntimeInfo): boolean =>
  a.provider === b.provider && a.variant.name === b.variant.name;

if (errors.length > 0) reject(errors.join(" "));
exposeDebugHandle(engine);
// A gallery that fails also fails the model, which reports it.
showGallery().catch(() => undefined);
showRuntime().catch(fail);
