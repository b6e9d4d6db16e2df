import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{models,export,train,serve,web}/{src,test}/**/*.test.ts",
      "e2e/{checks,docs,support,bench,verify,demo}/**/*.test.ts",
    ],
    // onnxruntime and sharp bring their own threads; two workers keep two cores busy.
    maxWorkers: 2,
    testTimeout: 60_000,
    // .ci/run counts what is in the file.
    reporters: ["default", ["json", { outputFile: ".tmp/vitest.json" }]],
  },
});
