/** Commands: options, help, errors and exit codes, progress. Needs Node. */
export * from "./command.ts";
export type { Option, Options, OptionTable } from "./options.ts";
export { duration, type Progress, progress } from "./progress.ts";
