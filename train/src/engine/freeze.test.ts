import * as ort from "@plumage/models/onnxruntime";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import { expect, test } from "vitest";
import { digests } from "../../test/digests.ts";
import { type StageName, splitParameters } from "../program/trained.ts";
import { everyClassVector, relativeError, stepOptions } from "../testing/tensors.ts";
import { eagerEngine } from "./eager/eagerEngine.ts";
import type { Engine } from "./engine.ts";
import { recordedEngine } from "./recorded/recordedEngine.ts";
import { startResidentRun } from "./recorded/residentRun.ts";
import { freshState } from "./state.ts";

const size = 32;
const batch = 4;
const architecture = { ...tinyArchitecture(2, size), ...everyClassVector, width: 4 };
const first = freshState(architecture, randomParameters(architecture, 3));

/** The run that keeps its tensors on a device, on the CPU. */
const resident: Engine = {
  description: "resident",
  start: (plan, state) =>
    startResidentRun(plan, state, ({ bytes }) =>
      ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 }),
    ),
};

async function steps(engine: Engine, freeze: StageName, microBatch: number) {
  const options = { ...stepOptions, freeze };
  const run = await engine.start({ architecture, options, batch, microBatch }, first);
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const input = randomBytes(batch * size * size * 3, 50 + step);
    losses.push((await run.step({ input, labels: Int32Array.of(0, 0, 1, 1) }, 1e-3)).loss);
  }
  const state = structuredClone(await run.state());
  await run.close();
  return { losses, state };
}

test.each(["stem", "layer2", "layer4"] as const)(
  "up to %s: frozen parameters and their moments stay, and all engines agree on the rest",
  async (freeze) => {
    const eager = await steps(eagerEngine("cpu", "tfjs"), freeze, batch);
    const { trained, constant } = splitParameters(architecture, { freeze });
    for (const found of [
      eager,
      await steps(recordedEngine(1), freeze, batch),
      await steps(recordedEngine(1), freeze, 2),
      await steps(resident, freeze, batch),
      await steps(resident, freeze, 2),
    ]) {
      for (const [i, loss] of found.losses.entries())
        expect(Math.abs(loss / eager.losses[i]! - 1), `step ${i}`).toBeLessThan(1e-3);
      const [before, after] = [digests(first.parameters), digests(found.state.parameters)];
      for (const { name } of constant) expect(after[name], name).toBe(before[name]);
      for (const { name } of trained) {
        expect(after[name], name).not.toBe(before[name]);
        const expected = eager.state.parameters.get(name)!;
        expect(relativeError(found.state.parameters.get(name)!, expected), name).toBeLessThan(1e-3);
      }
      expect([...found.state.expAvg.keys()].sort()).toEqual([...first.expAvg.keys()].sort());
      for (const { name } of constant) {
        expect(found.state.expAvg.get(name), name).toEqual(first.expAvg.get(name));
        expect(found.state.expAvgSq.get(name), name).toEqual(first.expAvgSq.get(name));
      }
    }
  },
);
