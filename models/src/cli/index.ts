/**
 * The command-line framework: options, --help, exit codes and progress. Needs Node.
 *
 * @module @plumage/models/cli
 */
export * from "./command.ts";
export { exitWithError } from "./failure.ts";
export {
  type Option,
  type Options,
  type OptionTable,
  type OptionText,
  optionFlag,
  optionTexts,
  parseOptions,
} from "./options.ts";
export { pathSchema, shownPath, typedPath } from "./paths.ts";
export { printable, printableName } from "./printable.ts";
export { type Progress, progress } from "./progress.ts";
export { duration } from "./rate.ts";
export { valueProblem } from "./valueProblem.ts";
