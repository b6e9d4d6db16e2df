/** Reference losses as loops in double precision. */
import type { ArcFaceOptions } from "../src/objective/arcFace.ts";
import type { CircleOptions } from "../src/objective/circle.ts";
import type { MultiSimilarityOptions } from "../src/objective/multiSimilarity.ts";
import type { ProxyAnchorOptions } from "../src/objective/proxyAnchor.ts";
import type { TripletOptions } from "../src/objective/triplet.ts";
import { type Rows, unit } from "./losses.ts";

const dot = (a: number[], b: number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

const logOnePlusSum = (exponents: number[]) =>
  Math.log(1 + exponents.reduce((sum, each) => sum + Math.exp(each), 0));

/** Each loss, as plain loops in double precision. */
export const oracles = {
  classification(logits: Rows, labels: number[], temperature: number, smoothing: number): number {
    return mean(
      logits.map((row, i) => {
        const scaled = row.map((logit) => logit / temperature);
        const logSum = Math.log(scaled.reduce((sum, each) => sum + Math.exp(each), 0));
        // torch's label smoothing spreads over all classes, including the label's.
        const target = row.map(
          (_, j) => smoothing / row.length + (j === labels[i] ? 1 - smoothing : 0),
        );
        return -scaled.reduce((sum, each, j) => sum + target[j]! * (each - logSum), 0);
      }),
    );
  },
  /** Triplet by triplet, with the miners as the papers define them. */
  triplet(
    embeddings: Rows,
    labels: number[],
    { margin, miner, reducer }: TripletOptions,
  ): { loss: number; mined: number } {
    const distance = (a: number, b: number) =>
      Math.hypot(...embeddings[a]!.map((each, i) => each - embeddings[b]![i]!));
    const all = embeddings.map((_, i) => i);
    const triplets = all.flatMap((a) => {
      const positives = all.filter((p) => p !== a && labels[p] === labels[a]);
      const negatives = all.filter((n) => labels[n] !== labels[a]);
      if (miner === "batch-hard") {
        if (!positives.length || !negatives.length) return [];
        const farthest = Math.max(...positives.map((p) => distance(a, p)));
        return [farthest - Math.min(...negatives.map((n) => distance(a, n)))];
      }
      const excesses = positives.flatMap((p) =>
        negatives.map((n) => distance(a, p) - distance(a, n)),
      );
      return excesses.filter((excess) => {
        if (miner === "hard") return excess >= 0;
        return excess >= -margin && (miner === "all" || excess < 0);
      });
    });
    const losses = triplets.map((excess) => Math.max(0, excess + margin));
    const counted = reducer === "nonzero" ? losses.filter((loss) => loss > 0) : losses;
    const sum = counted.reduce((total, each) => total + each, 0);
    return {
      loss: reducer === "sum" ? sum : sum / Math.max(1, counted.length),
      mined: losses.length,
    };
  },
  contrastive(embeddings: Rows, labels: number[], temperature: number): number {
    const losses = embeddings.flatMap((anchor, a) => {
      const others = embeddings.map((_, i) => i).filter((i) => i !== a);
      const positives = others.filter((i) => labels[i] === labels[a]);
      if (positives.length === 0) return [];
      const score = (i: number) => dot(anchor, embeddings[i]!) / temperature;
      const logSum = Math.log(others.reduce((sum, i) => sum + Math.exp(score(i)), 0));
      return [mean(positives.map((p) => logSum - score(p)))];
    });
    return losses.length ? mean(losses) : 0;
  },
  /** Every proxy with the images of its class, then with all others. */
  proxyAnchor(
    embeddings: Rows,
    labels: number[],
    proxies: Rows,
    { margin, scale }: ProxyAnchorOptions,
  ): number {
    const directions = unit(proxies);
    const cosines = (proxy: number[], isOwn: (label: number) => boolean) =>
      embeddings.filter((_, i) => isOwn(labels[i]!)).map((row) => dot(row, proxy));
    const attractions = directions.flatMap((proxy, c) => {
      const own = cosines(proxy, (label) => label === c);
      return own.length ? [logOnePlusSum(own.map((cosine) => scale * (margin - cosine)))] : [];
    });
    const repulsions = directions.map((proxy, c) => {
      const others = cosines(proxy, (label) => label !== c);
      return logOnePlusSum(others.map((cosine) => scale * (margin + cosine)));
    });
    return mean(attractions) + mean(repulsions);
  },
  /** Anchor by anchor, with the pairs of the miner as the paper defines them. */
  multiSimilarity(
    embeddings: Rows,
    labels: number[],
    { alpha, beta, base, epsilon }: MultiSimilarityOptions,
  ): { loss: number; positives: number; negatives: number } {
    let [positives, negatives] = [0, 0];
    const losses = embeddings.map((anchor, a) => {
      const cosines = (isPair: (i: number) => boolean) =>
        embeddings.filter((_, i) => i !== a && isPair(i)).map((row) => dot(anchor, row));
      const own = cosines((i) => labels[i] === labels[a]);
      const others = cosines((i) => labels[i] !== labels[a]);
      const hardOwn = own.filter((cosine) => cosine - epsilon < Math.max(...others));
      const hardOthers = others.filter((cosine) => cosine + epsilon > Math.min(...own));
      positives += hardOwn.length;
      negatives += hardOthers.length;
      const attraction = logOnePlusSum(hardOwn.map((cosine) => -alpha * (cosine - base)));
      const repulsion = logOnePlusSum(hardOthers.map((cosine) => beta * (cosine - base)));
      return attraction / alpha + repulsion / beta;
    });
    return { loss: mean(losses), positives, negatives };
  },
  /** With angles, as the paper has them. */
  arcFace(
    embeddings: Rows,
    labels: number[],
    centers: Rows,
    { margin, scale, centers: perClass }: ArcFaceOptions,
  ): number {
    const directions = unit(centers);
    const added = (margin * Math.PI) / 180;
    const logits = embeddings.map((row, i) =>
      Array.from({ length: directions.length / perClass }, (_, c) => {
        const own = directions.slice(c * perClass, (c + 1) * perClass);
        const cosine = Math.max(...own.map((center) => dot(row, center)));
        if (c !== labels[i]) return cosine;
        const angle = Math.acos(cosine);
        return angle <= Math.PI - added
          ? Math.cos(angle + added)
          : cosine - added * Math.sin(added);
      }),
    );
    return oracles.classification(logits, labels, 1 / scale, 0);
  },
  /**
   * Anchor by anchor, and pair by pair.
   *
   * @param weighting rows that the weights of pairs are computed from: constants of the gradient
   */
  circle(
    embeddings: Rows,
    labels: number[],
    { margin, scale }: CircleOptions,
    weighting: Rows = embeddings,
  ): number {
    const all = embeddings.map((_, i) => i);
    const losses = all.flatMap((a) => {
      const cosine = (i: number, of: Rows) => dot(of[a]!, of[i]!);
      const positives = all.filter((i) => i !== a && labels[i] === labels[a]);
      const negatives = all.filter((i) => labels[i] !== labels[a]);
      const attraction = positives.map((i) =>
        Math.exp(
          -scale *
            Math.max(0, 1 + margin - cosine(i, weighting)) *
            (cosine(i, embeddings) - (1 - margin)),
        ),
      );
      const repulsion = negatives.map((i) =>
        Math.exp(
          scale * Math.max(0, cosine(i, weighting) + margin) * (cosine(i, embeddings) - margin),
        ),
      );
      // Equation 6 expands to the sum over pairs of a positive and a negative.
      const products = attraction.flatMap((p) => repulsion.map((n) => p * n));
      return products.length ? [Math.log(1 + products.reduce((sum, each) => sum + each, 0))] : [];
    });
    const counted = losses.filter((loss) => loss > 0);
    return counted.length ? mean(counted) : 0;
  },
};
