/** Comma-separated values as RFC 4180 describes them, with line numbers for error messages. */
import { PlumageError } from "@plumage/models";
import { CsvError, parse } from "csv-parse/sync";

export interface CsvRow {
  /** Line of the file on which the row starts, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Parses a table. Accepts LF and CRLF, a byte order mark, and quoted cells with commas, line breaks
 * and doubled quotes; skips empty lines.
 *
 * @param file name for error messages
 * @throws PlumageError "bad-file" for a quote that is not closed or appears inside a cell
 */
export function parseCsv(text: string, file: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let line = 1;
  try {
    // csv-parse counts CRLF inside a quoted cell as two lines.
    parse(text.replaceAll("\r\n", "\n"), {
      bom: true,
      record_delimiter: "\n",
      relax_column_count: true,
      on_record(cells: string[], { lines }) {
        const isEmpty = cells.length === 1 && cells[0] === "";
        if (!isEmpty) rows.push({ line, cells });
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
