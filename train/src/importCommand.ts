/** `npm run import`: makes a model of the store out of any ONNX image encoder. */
import { heldOutSchema, importModel, importOptionTable } from "@plumage/export/import";
import { PlumageError } from "@plumage/models";
import { runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable, defaultDataOptions } from "./data/options.ts";

const command = {
  usage: "npm run import --",
  summary:
    "Imports an image encoder that was trained elsewhere: wraps its ONNX file into an embedder\n" +
    "and writes it to models/store/<name>/, for index, serve, gallery and the page. With\n" +
    "--dataset, also measures it on the held-out images and calibrates its scores.",
  options: {
    ...importOptionTable,
    name: { ...modelNameOption, schema: z.string("name the new model").pipe(storeNameSchema) },
    dataset: {
      description: `measure and calibrate on a data set: ${datasetNames.join(", ")}`,
      value: "NAME",
      schema: z.enum(datasetNames).optional(),
    },
    ...dataOptionTable,
    heldOut: {
      description: "measure on N held-out images, spread over all classes (default: all)",
      value: "N",
      schema: heldOutSchema,
    },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const { onnx, name, dataset, heldOut, ...choices } = options;
  const dataOptions = dataOptionsSchema.parse(options);
  const isDefault = JSON.stringify(dataOptions) === JSON.stringify(defaultDataOptions);
  if (!dataset && (!isDefault || heldOut !== undefined))
    throw new PlumageError(
      "bad-input",
      "options of a data set require --dataset",
      "add --dataset NAME",
    );
  const folder = storeFolder(name);
  const data = dataset
    ? await prepareDataset(dataset, { signal, print, options: dataOptions, splits: ["test"] })
    : undefined;
  await importModel(name, folder, print, { path: onnx, choices, data, heldOut, signal });
  print(`wrote ${shownPath(folder)}`);
});
