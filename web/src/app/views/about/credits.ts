/** The footer: who made the images, and what the model was trained on. */
import type { Attribution } from "@plumage/models";
import type { RuntimeInfo } from "../../../engine/protocol.ts";
import { create, element } from "../dom/elements.ts";
import type { View } from "../dom/view.ts";

export const credits: View = {
  draw({ gallery, runtime }, previous) {
    if (gallery && !previous.gallery) drawAttributions(gallery.attributions);
    if (runtime && runtime.model !== previous.runtime?.model) drawModel(runtime.model);
  },
};

/** Licenses require credits where the images are shown. */
function drawAttributions(attributions: readonly Attribution[]): void {
  const items = attributions.map(({ title, author, licence, licenceUrl, url }) =>
    create("li", {}, [
      create("strong", {}, [link(title, url)]),
      ` by ${author}, `,
      link(licence, licenceUrl),
    ]),
  );
  element("credits", HTMLUListElement).replaceChildren(...items);
}

function drawModel({ name, title, precisionAt1 }: RuntimeInfo["model"]): void {
  const training = `The model "${name}" was trained on: ${title}.`;
  const precision =
    precisionAt1 === null
      ? ""
      : " For images of classes that it never saw in training, " +
        "the most similar image is of the same class " +
        `${(100 * precisionAt1).toFixed(1)}% of the time.`;
  element("model-summary", HTMLElement).textContent = training + precision;
}

/** Attributions come from data sets, so only web addresses become links. */
function link(text: string, url: string | undefined): Node | string {
  if (!url || !/^https?:/.test(url)) return text;
  return create("a", { href: url, rel: "noreferrer", textContent: text });
}
