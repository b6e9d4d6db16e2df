/** `npm run import`: makes a model of the store out of any ONNX image encoder. */
import {
  heldOutSchema,
  importModel,
  importOptionTable,
  textOptionTable,
  textSource,
} from "@plumage/export/import";
import { PlumageError } from "@plumage/models";
import { runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable, defaultDataOptions } from "./data/options.ts";
import { chooseEncoder } from "./encoders/chooseEncoder.ts";
import { knownEncoderNames, listEncoders } from "./encoders/encoderTable.ts";

const command = {
  usage: "npm run import --",
  summary:
    "Imports an image encoder that was trained elsewhere: wraps its ONNX file into an embedder\n" +
    "and writes it to models/store/<name>/, for index, serve, gallery and the page. --model\n" +
    "downloads a well-known one. With --dataset, also measures it on the held-out images and\n" +
    "calibrates its scores; with --text-onnx, images can be searched by words.",
  options: {
    model: {
      description: "download a well-known encoder instead of --onnx; see --list-models",
      value: "NAME",
      schema: z.enum(knownEncoderNames).optional(),
    },
    listModels: {
      description: "list the encoders of --model, with size, license and published accuracy",
      schema: z.boolean().default(false),
    },
    ...importOptionTable,
    ...textOptionTable,
    text: {
      description: "leave out the text encoder that --model brings along",
      schema: z.boolean().default(true),
    },
    name: {
      ...modelNameOption,
      description: "name of the new model in models/store (default: the one of --model)",
      schema: storeNameSchema.optional(),
    },
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
  if (options.listModels) return print(listEncoders());
  const { dataset, heldOut, text: _, ...others } = options;
  const dataOptions = dataOptionsSchema.parse(options);
  const isDefault = JSON.stringify(dataOptions) === JSON.stringify(defaultDataOptions);
  if (!dataset && (!isDefault || heldOut !== undefined))
    throw new PlumageError(
      "bad-input",
      "options of a data set require --dataset",
      "add --dataset NAME",
    );
  const { name, path, text, choices } = chooseEncoder(options, others, textSource(options));
  const folder = storeFolder(name);
  const data = dataset
    ? await prepareDataset(dataset, { signal, print, options: dataOptions, splits: ["test"] })
    : undefined;
  const source = { path: await path({ print, signal }), text: await text({ print, signal }) };
  await importModel(name, folder, print, { ...source, choices, data, heldOut, signal });
  print(`wrote ${shownPath(folder)}`);
});
