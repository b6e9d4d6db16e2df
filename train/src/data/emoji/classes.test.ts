import { describe, expect, it } from "vitest";
import { type EmojiClass, labels, matchClasses, splitOf } from "./classes.ts";
import { readSet, type SetName, setNames } from "./sets.ts";

/** A set drawn by hand: icon names, code points, other names. */
const drawn = (
  name: SetName,
  icons: string[],
  chars: Record<string, string> = {},
  aliases: Record<string, string> = {},
) => ({
  name,
  icons: Object.fromEntries(icons.map((icon) => [icon, { body: "", left: 0, top: 0 }])),
  chars,
  aliases,
});

const iconsOf = (classes: EmojiClass[], key: string) => [
  ...classes.find((found) => found.key === key)!.icons,
];

describe("matchClasses", () => {
  const sets = [
    drawn("noto", ["red-heart", "wave", "wave-dark", "frog"], {
      "2764-fe0f": "red-heart",
      "1f44b": "wave",
      "1f44b-1f3ff": "wave-dark",
      "1f438": "frog",
    }),
    drawn(
      "twemoji",
      ["heart", "wave", "frog-face"],
      { "2764": "red-heart", "1f44b": "wave", "1f438": "frog" },
      {
        "red-heart": "heart",
        frog: "frog-face",
      },
    ),
    drawn("openmoji", ["red-heart", "wave", "frog"], {
      "2764": "red-heart",
      "1f44b": "wave",
      "1f438": "frog",
    }),
    drawn("noto-v1", ["red-heart", "wave-dark", "frog-face", "unheard-of"]),
    drawn("emojione", ["heavy-heart", "wave"], {}, { "red-heart": "heavy-heart" }),
  ];
  const classes = matchClasses(sets);

  it("joins code points whatever their variation selector, and older sets by any name", () => {
    expect(iconsOf(classes, "2764")).toEqual([
      ["noto", "red-heart"],
      ["twemoji", "heart"],
      ["openmoji", "red-heart"],
      ["noto-v1", "red-heart"],
      ["emojione", "heavy-heart"],
    ]);
    expect(iconsOf(classes, "1f438").at(-1)).toEqual(["noto-v1", "frog-face"]);
  });

  it("leaves skin tones out, and never takes one for the plain drawing", () => {
    expect(iconsOf(classes, "1f44b")).toEqual([
      ["noto", "wave"],
      ["twemoji", "wave"],
      ["openmoji", "wave"],
      ["emojione", "wave"],
    ]);
    expect(classes.flatMap(({ icons }) => [...icons.values()])).not.toContain("wave-dark");
  });

  it("keeps classes of four designs or more, in the order of their keys, named after the first set", () => {
    expect(classes.map(({ key, name }) => [key, name])).toEqual([
      ["1f438", "frog"],
      ["1f44b", "wave"],
      ["2764", "red-heart"],
    ]);
    expect(matchClasses(sets.slice(0, 3))).toEqual([]);
  });
});

describe("labels", () => {
  it("are the names in words, with the code points where two classes share one", () => {
    const named = (key: string, name: string): EmojiClass => ({ key, name, icons: new Map() });
    expect(
      labels([named("1f384", "christmas-tree"), named("1f400", "rat"), named("1f42d", "rat")]),
    ).toEqual(["christmas tree", "rat (1f400)", "rat (1f42d)"]);
  });
});

describe("the installed sets", () => {
  const sets = setNames.map(readSet);
  const classes = matchClasses(sets);
  const imagesIn = (split: string) =>
    classes
      .filter(({ key }) => splitOf(key) === split)
      .reduce((sum, { icons }) => sum + icons.size, 0);

  // Checkpoints are trained on one half: if these change, none of them may be evaluated on the
  // other half any more.
  it("give the classes and halves that checkpoints were trained on", () => {
    expect(classes).toHaveLength(1750);
    expect(classes.filter(({ key }) => splitOf(key) === "test")).toHaveLength(844);
    expect([imagesIn("train"), imagesIn("test")]).toEqual([5343, 4935]);
    const names = labels(classes);
    const splits = Object.fromEntries(classes.map(({ key }, i) => [names[i], splitOf(key)]));
    expect(splits).toMatchObject({
      "grinning face": "train",
      "cat face": "train",
      octopus: "test",
      "red heart": "test",
      hedgehog: "test",
    });
  });

  it("have ids that are unique and fit for a URL, and a label for each class", () => {
    const ids = classes.flatMap(({ icons }) => [...icons].map(([set, icon]) => `${set}.${icon}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => encodeURIComponent(id) !== id)).toEqual([]);
    expect(new Set(labels(classes)).size).toBe(classes.length);
  });

  it("do not take a mirrored alias for another name of the drawing", () => {
    const fluent = sets.find(({ name }) => name === "fluent-emoji-flat")!;
    expect(fluent.aliases).not.toHaveProperty("backhand-index-pointing-right");
    expect(fluent.aliases).toHaveProperty("japanese-hear-button", "japanese-here-button");
  });

  it("are credited with their authors and licences", () => {
    expect(
      sets.map(({ attribution: { source, author, licence } }) => [source, author, licence]),
    ).toEqual([
      ["noto", "Google Inc", "Apache 2.0"],
      ["twemoji", "Twitter", "CC BY 4.0"],
      ["fluent-emoji-flat", "Microsoft Corporation", "MIT"],
      ["openmoji", "OpenMoji", "CC BY-SA 4.0"],
      ["noto-v1", "Google Inc", "Apache 2.0"],
      ["emojione", "Emoji One", "CC BY 4.0"],
      ["emojione-v1", "Emoji One", "CC BY-SA 4.0"],
    ]);
    for (const { attribution } of sets) {
      expect(attribution.licenceUrl).toMatch(/^https:/);
      expect(attribution.url).toMatch(/^https:/);
    }
  });
});
