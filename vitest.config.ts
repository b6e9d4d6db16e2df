import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{models,export,train,serve,web}/{src,test}/**/*.test.ts",
      "e2e/{checks,docs,support,bench,verify,demo}/**/*.test.ts",
    ],
    // onnxruntime and sharp have threads of their own: two workers keep two cores busy.
    maxWorkers: 2,
    // These only end a test that hangs: no test depends on the clock.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // `npm test` and .ci/run read the file.
    reporters: ["default", ["json", { outputFile: ".tmp/vitest.json" }]],
  },
});
