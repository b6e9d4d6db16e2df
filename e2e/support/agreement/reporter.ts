/** A Playwright reporter: collects the tests' records into e2e/report.json and a table. */
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";
import { writeFileWhole } from "@plumage/models/node";
import {
  type AgreementRecord,
  type AgreementReport,
  attachmentName,
  type DecodingRecord,
  decodingAttachment,
  decodingSchema,
  providerSchema,
  recordSchema,
  reportFile,
  reportLines,
  reportSchema,
} from "./report.ts";

export default class AgreementReporter implements Reporter {
  readonly #records = new Map<string, AgreementRecord>();
  readonly #decoding = new Map<string, DecodingRecord>();
  readonly #skipped = new Map<string, string>();

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { name, body } of result.attachments) {
      if (!body) continue;
      const record = () => JSON.parse(body.toString()) as unknown;
      if (name === attachmentName) this.#records.set(test.id, recordSchema.parse(record()));
      if (name === decodingAttachment) this.#decoding.set(test.id, decodingSchema.parse(record()));
    }
    // The agreement tests of one provider are annotated with its name.
    const provider = test.annotations.find(({ type }) => type === "provider")?.description;
    const reason = result.annotations.find(({ type }) => type === "skip")?.description;
    if (result.status === "skipped" && provider && reason) this.#skipped.set(provider, reason);
  }

  async onEnd(): Promise<void> {
    if (this.#records.size + this.#decoding.size + this.#skipped.size === 0) return;
    const report: AgreementReport = {
      format: "plumage-agreement/1",
      created: new Date().toISOString(),
      skipped: [...this.#skipped].map(([provider, reason]) => ({
        provider: providerSchema.parse(provider),
        reason,
      })),
      results: [...this.#records.values()],
      decoding: [...this.#decoding.values()],
    };
    await writeFileWhole(reportFile, `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`);
    console.log(
      `\nAgreement of the server (CPU) and the page:\n${reportLines(report).join("\n")}\n`,
    );
  }

  printsToStdio(): boolean {
    return false;
  }
}
