/** Opens the models that a server answers for, each with its index. */
import { storeFolder } from "@plumage/models/node";
import type { ServedModel } from "../api/routes/context.ts";
import { type ModelOptions, openModel } from "../embedder/model.ts";
import { openCollection } from "../stores/openCollection.ts";

export interface OpenModels {
  readonly models: readonly [ServedModel, ...ServedModel[]];
  close(): Promise<void>;
}

/**
 * Opens one model after another. The processes that decode images are those of the first.
 *
 * @param names of models/store
 * @param print receives lines for the user, such as why a vector index is rebuilt
 * @throws PlumageError "bad-file" or "mismatch" for a model or an index that cannot be used; none
 *   stays open then
 */
export async function openModels(
  [first, ...others]: readonly [string, ...string[]],
  store: string,
  options: ModelOptions,
  print: (line: string) => void,
): Promise<OpenModels> {
  /** What is open, the latest first. */
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const each of opened) await each.close();
  };
  const open = async (name: string, modelOptions: ModelOptions): Promise<ServedModel> => {
    const model = await openModel(storeFolder(name), modelOptions);
    opened.unshift(model);
    const { reader, embedder, indexed } = model;
    const collection = await openCollection({ store, name, model: indexed, mode: "serve" }, print);
    opened.unshift(collection);
    return { name, reader, embedder, collection };
  };
  try {
    const main = await open(first, options);
    const models: [ServedModel, ...ServedModel[]] = [main];
    for (const name of others)
      models.push(await open(name, { ...options, sharedReader: main.reader }));
    return { models, close };
  } catch (error) {
    await close();
    throw error;
  }
}
