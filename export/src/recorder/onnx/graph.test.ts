import { expect, test } from "vitest";
import { Graph } from "./graph.ts";

test("stores equal nodes once; another input or attribute makes another node", () => {
  const graph = new Graph();
  const sum = graph.add("Add", ["a", "b"]);
  expect(graph.add("Add", ["a", "b"])).toBe(sum);
  expect(graph.add("Add", ["b", "a"])).not.toBe(sum);
  const cast = graph.add("Cast", ["a"], { to: 1 });
  expect(graph.add("Cast", ["a"], { to: 6 })).not.toBe(cast);
  expect(graph.nodes).toHaveLength(4);
  expect(graph.find("Cast", ["a"], { to: 1 })).toBe(cast);
  expect(graph.find("Cast", ["b"], { to: 1 })).toBeUndefined();
  expect(graph.producer(sum)?.type).toBe("Add");
  expect(graph.producer("a")).toBeUndefined();
});

test("stores equal constants once; type and shape distinguish constants", () => {
  const graph = new Graph();
  const one = graph.scalar(1);
  expect(graph.scalar(1)).toBe(one);
  expect(graph.constant("float32", [1], Float32Array.of(1))).not.toBe(one);
  expect(graph.integers([1])).not.toBe(graph.constant("int32", [1], Int32Array.of(1)));
  // -0 and 0 are equal numbers with different bytes.
  expect(graph.scalar(-0)).not.toBe(graph.scalar(0));
  expect(new Set(graph.constants.map(({ name }) => name)).size).toBe(graph.constants.length);
});

test("compares large constants too", () => {
  const graph = new Graph();
  const constant = (last: number) =>
    graph.constant("float32", [100], new Float32Array(100).fill(last, 99));
  expect(constant(1)).toBe(constant(1));
  expect(constant(1)).not.toBe(constant(2));
  expect(graph.constants).toHaveLength(2);
});

test("never shares a node with several outputs", () => {
  const graph = new Graph();
  const [values, indices] = graph.addMany("TopK", ["x", "k"], {}, 2);
  expect(values).not.toBe(indices);
  expect(graph.addMany("TopK", ["x", "k"], {}, 2)).not.toContain(values);
});
