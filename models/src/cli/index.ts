/** Commands: options, help, errors and exit codes, progress. Needs Node. */
export * from "./command.ts";
export {
  type Option,
  type Options,
  type OptionTable,
  type OptionText,
  optionTexts,
} from "./options.ts";
export { duration, type Progress, progress } from "./progress.ts";
