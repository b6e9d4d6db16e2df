/** Which encoder `npm run import` takes: a file, or a well-known one. */
import type { ImportChoices, TextSource } from "@plumage/export/import";
import { PlumageError } from "@plumage/models";
import { type KnownEncoder, type KnownEncoderName, knownEncoders } from "./encoderTable.ts";
import { type FetchOptions, fetchEncoder, fetchText } from "./fetchEncoder.ts";

export interface EncoderOptions {
  readonly onnx?: string | undefined;
  readonly model?: KnownEncoderName | undefined;
  /** Of the new model. Default: `model`. */
  readonly name?: string | undefined;
  /** Whether a well-known encoder brings its text encoder along. Default: it does. */
  readonly text?: boolean;
}

export interface ChosenEncoder {
  /** Of the new model. */
  readonly name: string;
  /** Returns the path of the ONNX file, after downloading it if need be. */
  path(options: FetchOptions): Promise<string>;
  /** Returns the text encoder that belongs to it, if any, after downloading it if need be. */
  text(options: FetchOptions): Promise<TextSource | undefined>;
  readonly choices: ImportChoices;
}

/**
 * @param given what the command line says about the graph; a well-known encoder needs nothing
 * @param givenText a text encoder that the command line names
 * @throws PlumageError "bad-input" if no encoder is named, or two, or the new model has no name
 */
export function chooseEncoder(
  { onnx, model, name = model, text: bringsText = true }: EncoderOptions,
  given: ImportChoices,
  givenText?: TextSource,
): ChosenEncoder {
  if (onnx !== undefined && model !== undefined)
    throw new PlumageError("bad-input", "--onnx and --model both name an encoder", "use one");
  if (onnx === undefined && model === undefined)
    throw new PlumageError("bad-input", "no encoder is named", "add --onnx FILE or --model NAME");
  if (name === undefined)
    throw new PlumageError("bad-input", "the new model has no name", "add --name NAME");
  if (model === undefined)
    return { name, path: async () => onnx!, text: async () => givenText, choices: given };
  const encoder: KnownEncoder = knownEncoders[model];
  return {
    name,
    path: (options) => fetchEncoder(model, encoder, options),
    async text(options) {
      if (givenText || !bringsText || !encoder.text) return givenText;
      return fetchText(model, encoder, encoder.text, options);
    },
    choices: withChoices(encoder, given),
  };
}

/** What the command line says goes before what the table says. */
function withChoices({ choices, license }: KnownEncoder, given: ImportChoices): ImportChoices {
  // The table's shorter side goes with its crop.
  const { shorterSide, ...others } = choices;
  const known = given.resize === undefined ? choices : others;
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...known, license: license.name, ...Object.fromEntries(said) };
}
