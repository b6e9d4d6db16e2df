/** Generates a small data set of drawn birds in CUB-200-2011's layout. */
import { join } from "node:path";
import { type Box, uniform } from "@plumage/models";
import { writeFileWhole } from "@plumage/models/node";
import sharp from "sharp";

export interface DrawnBirdsOptions {
  readonly classes: number;
  readonly perClass: number;
  readonly seed: number;
}

/** What all birds of a species share. */
interface Species {
  readonly name: string;
  readonly body: string;
  readonly wing: string;
  readonly head: string;
  readonly beak: string;
  /** Relative to the length of the body. */
  readonly plump: number;
  readonly tail: number;
  readonly bill: number;
  readonly crest: boolean;
}

const families = ["Gull", "Finch", "Jay", "Wren", "Tern", "Owl", "Swift", "Lark"];

function speciesOf(number: number, seed: number): Species {
  const next = uniform(seed * 1009 + number);
  const color = (saturation: number) =>
    `hsl(${Math.floor(next() * 360)} ${saturation}% ${Math.floor(25 + next() * 50)}%)`;
  return {
    name: `${String(number).padStart(3, "0")}.Drawn_${families[number % families.length]}`,
    body: color(60),
    wing: color(50),
    head: color(70),
    beak: `hsl(${Math.floor(20 + next() * 35)} 90% 50%)`,
    plump: 0.4 + 0.3 * next(),
    tail: 0.3 + 0.5 * next(),
    bill: 0.1 + 0.25 * next(),
    crest: next() < 0.4,
  };
}

interface Drawing {
  readonly svg: string;
  readonly box: Box;
}

/** Draws one bird in a landscape, facing either way, with a tight box. */
function draw(species: Species, next: () => number): Drawing {
  const [width, height] = [Math.floor(120 + 80 * next()), Math.floor(90 + 60 * next())];
  const length = height * (0.35 + 0.2 * next());
  const flip = next() < 0.5 ? -1 : 1;
  const tall = length * species.plump;
  const reach = length * (0.5 + species.tail);
  const front = length * (0.75 + species.bill);
  const up = tall / 2 + length * (species.crest ? 0.42 : 0.3);
  const down = tall / 2 + length * 0.2;
  // Enough room on both sides for either direction.
  const side = Math.max(front, reach);
  const x = side + next() * Math.max(0, width - 2 * side);
  const y = up + next() * Math.max(0, height - up - down);
  const at = (value: number) => value.toFixed(1);
  const ellipse = (cx: number, cy: number, rx: number, ry: number, fill: string) =>
    `<ellipse cx="${at(cx)}" cy="${at(cy)}" rx="${at(rx)}" ry="${at(ry)}" fill="${fill}"/>`;
  const triangle = (points: readonly number[], fill: string) =>
    `<polygon points="${points.map(at).join(" ")}" fill="${fill}"/>`;
  const [headX, headY, headR] = [length * 0.55, -tall * 0.45, length * 0.2];
  const bird = [
    triangle([-length * 0.4, -tall * 0.1, -reach, -tall * 0.3, -reach, tall * 0.3], species.wing),
    `<path d="M0 ${at(tall / 2 - 1)}v${at(length * 0.2)}" stroke="#553" stroke-width="2"/>`,
    ellipse(0, 0, length / 2, tall / 2, species.body),
    ellipse(-length * 0.1, -tall * 0.05, length * 0.3, tall * 0.25, species.wing),
    species.crest
      ? triangle(
          [headX - headR, headY - headR, headX, headY - headR * 0.6, headX - headR / 2, -up],
          species.head,
        )
      : "",
    ellipse(headX, headY, headR, headR, species.head),
    triangle(
      [headX + headR * 0.8, headY - 3, headX + headR * 0.8, headY + 3, front, headY],
      species.beak,
    ),
    ellipse(headX + headR * 0.3, headY - headR * 0.2, 2, 2, "#111"),
  ].join("");
  const [sky, ground] = [Math.floor(next() * 360), Math.floor(next() * 360)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="hsl(${sky} 30% 85%)"/>
<rect y="${at(height * 0.7)}" width="100%" height="100%" fill="hsl(${ground} 25% 60%)"/>
<g transform="translate(${at(x)} ${at(y)}) scale(${flip} 1)">${bird}</g></svg>`;
  const [left, right] = flip > 0 ? [x - reach, x + front] : [x - front, x + reach];
  const [x0, y0] = [Math.max(0, left), Math.max(0, y - up)];
  const box = {
    x: x0,
    y: y0,
    width: Math.min(width, right) - x0,
    height: Math.min(height, y + down) - y0,
  };
  return { svg, box };
}

/**
 * Writes images and annotation files; a seed determines them.
 *
 * @param folder corresponds to CUB_200_2011 in the archive
 */
export async function drawBirds(
  folder: string,
  { classes, perClass, seed }: DrawnBirdsOptions,
): Promise<void> {
  const lines = { images: "", labels: "", boxes: "", classes: "", split: "" };
  let image = 0;
  for (let number = 1; number <= classes; number++) {
    const species = speciesOf(number, seed);
    lines.classes += `${number} ${species.name}\n`;
    for (let i = 1; i <= perClass; i++) {
      image++;
      const { svg, box } = draw(species, uniform(seed * 7919 + image));
      const place = String(i).padStart(4, "0");
      const file = `${species.name}/${species.name.slice(4)}_${place}_${seed}.jpg`;
      await writeFileWhole(
        join(folder, "images", file),
        await sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer(),
      );
      lines.images += `${image} ${file}\n`;
      lines.labels += `${image} ${number}\n`;
      const corners = [box.x, box.y, box.width, box.height].map((value) => value.toFixed(1));
      lines.boxes += `${[image, ...corners].join(" ")}\n`;
      lines.split += `${image} ${i % 2}\n`;
    }
  }
  await writeFileWhole(join(folder, "images.txt"), lines.images);
  await writeFileWhole(join(folder, "image_class_labels.txt"), lines.labels);
  await writeFileWhole(join(folder, "classes.txt"), lines.classes);
  await writeFileWhole(join(folder, "bounding_boxes.txt"), lines.boxes);
  await writeFileWhole(join(folder, "train_test_split.txt"), lines.split);
}
