import { describe, expect, it } from "vitest";
import { classLabels, type EmojiClass, matchClasses, splitOf } from "./classes.ts";
import { readSet, type SetName, setNames } from "./sets.ts";

/** A set from icon names, code points and aliases. */
const emojiSet = (
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
    emojiSet("noto", ["red-heart", "wave", "wave-dark", "frog"], {
      "2764-fe0f": "red-heart",
      "1f44b": "wave",
      "1f44b-1f3ff": "wave-dark",
      "1f438": "frog",
    }),
    emojiSet(
      "twemoji",
      ["heart", "wave", "frog-face"],
      { "2764": "red-heart", "1f44b": "wave", "1f438": "frog" },
      {
        "red-heart": "heart",
        frog: "frog-face",
      },
    ),
    emojiSet("openmoji", ["red-heart", "wave", "frog"], {
      "2764": "red-heart",
      "1f44b": "wave",
      "1f438": "frog",
    }),
    emojiSet("noto-v1", ["red-heart", "wave-dark", "frog-face", "unheard-of"]),
    emojiSet("emojione", ["heavy-heart", "wave"], {}, { "red-heart": "heavy-heart" }),
  ];
  const classes = matchClasses(sets);

  it("matches code points without variation selectors, and older sets by name or alias", () => {
    expect(iconsOf(classes, "2764")).toEqual([
      ["noto", "red-heart"],
      ["twemoji", "heart"],
      ["openmoji", "red-heart"],
      ["noto-v1", "red-heart"],
      ["emojione", "heavy-heart"],
    ]);
    expect(iconsOf(classes, "1f438").at(-1)).toEqual(["noto-v1", "frog-face"]);
  });

  it("skips skin tones", () => {
    expect(iconsOf(classes, "1f44b")).toEqual([
      ["noto", "wave"],
      ["twemoji", "wave"],
      ["openmoji", "wave"],
      ["emojione", "wave"],
    ]);
    expect(classes.flatMap(({ icons }) => [...icons.values()])).not.toContain("wave-dark");
  });

  it("keeps classes with four designs or more, sorted by key and named after the first set", () => {
    expect(classes.map(({ key, name }) => [key, name])).toEqual([
      ["1f438", "frog"],
      ["1f44b", "wave"],
      ["2764", "red-heart"],
    ]);
    expect(matchClasses(sets.slice(0, 3))).toEqual([]);
  });
});

describe("classLabels", () => {
  it("uses the icon name, with the code points if two classes share it", () => {
    const named = (key: string, name: string): EmojiClass => ({ key, name, icons: new Map() });
    expect(
      classLabels([named("1f384", "christmas-tree"), named("1f400", "rat"), named("1f42d", "rat")]),
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

  // If these change, existing checkpoints are evaluated on classes that they were trained on.
  it("yield the classes and splits that checkpoints were trained on", () => {
    expect(classes).toHaveLength(1750);
    expect(classes.filter(({ key }) => splitOf(key) === "test")).toHaveLength(844);
    expect([imagesIn("train"), imagesIn("test")]).toEqual([5343, 4935]);
    const labels = classLabels(classes);
    const splits = Object.fromEntries(classes.map(({ key }, i) => [labels[i], splitOf(key)]));
    expect(splits).toMatchObject({
      "grinning face": "train",
      "cat face": "train",
      octopus: "test",
      "red heart": "test",
      hedgehog: "test",
    });
  });

  it("have unique, URL-safe ids and unique labels", () => {
    const ids = classes.flatMap(({ icons }) => [...icons].map(([set, icon]) => `${set}.${icon}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => encodeURIComponent(id) !== id)).toEqual([]);
    expect(new Set(classLabels(classes)).size).toBe(classes.length);
  });

  it("do not treat a flipped drawing as an alias", () => {
    const fluent = sets.find(({ name }) => name === "fluent-emoji-flat")!;
    expect(fluent.aliases).not.toHaveProperty("backhand-index-pointing-right");
    expect(fluent.aliases).toHaveProperty("japanese-hear-button", "japanese-here-button");
  });

  it("credit their authors and licenses", () => {
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
