/** Chooses a training device from the table, and lists the table for `--list-devices`. */
import { PlumageError } from "@plumage/models";
import { type TrainingDevice, trainingDevices } from "./table.ts";

export interface DevicePreference {
  readonly engine: "auto" | TrainingDevice["engine"];
  readonly device: "auto" | TrainingDevice["device"];
}

/**
 * Chooses the first device of the table that matches the preference and is available.
 *
 * @returns the device, and a line that names it and says why better ones were skipped
 * @throws PlumageError "bad-input" if no entry matches, "unavailable" if none of those that match
 * works here; the error gives the reason for each
 */
export async function chooseDevice(
  preference: DevicePreference,
  table: readonly TrainingDevice[] = trainingDevices,
): Promise<{ device: TrainingDevice; message: string }> {
  const matches = table.filter(
    ({ engine, device, automatic }) =>
      (preference.engine === "auto" || preference.engine === engine) &&
      (preference.device === "auto" || preference.device === device) &&
      (automatic || (preference.engine !== "auto" && preference.device !== "auto")),
  );
  if (matches.length === 0) {
    throw new PlumageError(
      "bad-input",
      `the engine ${preference.engine} does not support the device ${preference.device}`,
      "npm run train -- --list-devices lists what is supported",
    );
  }
  const skipped: string[] = [];
  let firstRemedy: string | undefined;
  for (const candidate of matches) {
    const finding = await candidate.find(preference.device !== "auto");
    if (finding.ready) {
      const parts = [`device: ${finding.device}, ${candidate.description}`, ...skipped];
      return { device: candidate, message: parts.join("; ") };
    }
    skipped.push(`no ${candidate.device} with ${candidate.engine}: ${finding.reason}`);
    firstRemedy ??= finding.remedy;
  }
  throw new PlumageError("unavailable", skipped.join("; "), firstRemedy);
}

/** The table as `--list-devices` prints it. */
export async function deviceLines(
  table: readonly TrainingDevice[] = trainingDevices,
): Promise<string[]> {
  const lines = [columns("--device", "--engine", "what runs the step", "test coverage")];
  for (const entry of table) {
    const finding = await entry.find(true);
    lines.push(columns(entry.device, entry.engine, entry.description, entry.tested));
    lines.push(
      finding.ready
        ? `  ready: ${finding.device}`
        : `  unavailable: ${finding.reason}; ${finding.remedy}`,
    );
  }
  return lines;
}

const columns = (device: string, engine: string, description: string, tested: string): string =>
  `${device.padEnd(9)} ${engine.padEnd(12)} ${description.padEnd(48)} ${tested}`;
