/** Serializes a model with a description for who has nothing but the file. */
import { basename } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlumageError } from "@plumage/models";
import { type ModelProto, ModelProtoSchema, StringStringEntryProtoSchema } from "onnx-buf";
import { packageVersion } from "../embedder/write.ts";

/**
 * The bytes of a model with a description of its input and output.
 *
 * @param path of the file that was imported
 * @throws PlumageError "unsupported" if protobuf cannot hold it
 */
export async function describedFile(
  path: string,
  license: string | undefined,
  model: ModelProto,
  { docString, preprocessing }: { readonly docString: string; readonly preprocessing: string },
): Promise<Uint8Array> {
  const described = create(ModelProtoSchema, {
    ...model,
    producerName: "plumage",
    producerVersion: await packageVersion(),
    docString,
    metadataProps: [
      ...model.metadataProps.filter(({ key }) => key !== "preprocessing" && key !== "license"),
      ...(license
        ? [create(StringStringEntryProtoSchema, { key: "license", value: license })]
        : []),
      create(StringStringEntryProtoSchema, { key: "preprocessing", value: preprocessing }),
    ],
  });
  try {
    return toBinary(ModelProtoSchema, described);
  } catch (cause) {
    const message = `${basename(path)}: the encoder is too large for one file of 2 GB`;
    throw new PlumageError("unsupported", message, "import a smaller encoder", { cause });
  }
}
