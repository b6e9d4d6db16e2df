/**
 * Comma-separated values as RFC 4180 describes them, or with another separator, with line numbers
 * for error messages.
 */
import { CsvError, parse } from "csv-parse/sync";
import { PlumageError } from "../../errors.ts";

export interface CsvRow {
  /** Line of the file on which the row starts, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Excel writes a semicolon where the comma is the decimal separator. */
export type Separator = "," | ";" | "\t";

/**
 * Parses a table. Accepts quoted cells with separators, line breaks and doubled quotes; skips lines
 * whose cells are all empty, which spreadsheets append.
 *
 * @param text lines end with "\n"
 * @param file name for error messages
 * @throws PlumageError "bad-file" for a quote that is not closed or appears inside a cell
 */
export function parseCsv(text: string, file: string, separator: Separator): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  try {
    parse(text, {
      delimiter: separator,
      record_delimiter: "\n",
      relax_column_count: true,
      on_record(cells: string[], { lines }) {
        if (cells.some((cell) => cell.trim() !== "")) rows.push({ line, cells });
        line = lines + 1;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new PlumageError(
      "bad-file",
      `${file}, line ${line}: a quote is not closed, or appears inside a cell`,
      'quote the whole cell and double the quotes in it: "a ""b"" c"',
      { cause: error },
    );
  }
  return rows;
}
