/** Comma-separated values after RFC 4180, with line numbers for those who have to mend them. */
import { PlumageError } from "@plumage/models";

export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Rows of a table. A cell in double quotes may hold commas, line ends and, doubled, quotes. Empty
 * lines and a byte order mark are passed over.
 *
 * @param where the file's name, for errors
 * @throws PlumageError "bad-file" for a quote that is not closed or stands in the middle of a cell
 */
export function parseCsv(text: string, where: string): CsvRow[] {
  const rows: CsvRow[] = [];
  const body = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const quoted = /"((?:[^"]|"")*)"(?=[,\n]|$)/y;
  const plain = /[^",\n]*(?=[,\n]|$)/y;
  let line = 1;
  let cells: string[] = [];
  let rowLine = 1;
  for (let at = 0; at <= body.length; at++) {
    const cell = body[at] === '"' ? quoted : plain;
    cell.lastIndex = at;
    const match = cell.exec(body);
    if (!match) {
      throw new PlumageError(
        "bad-file",
        `${where}, line ${line}: a quote is not closed, or stands in the middle of a cell`,
        'quotes go round the whole cell: "a ""b"" c"',
      );
    }
    cells.push(match[1]?.replaceAll('""', '"') ?? match[0]);
    line += match[0].split("\n").length - 1;
    // Now on the comma or the line end that follows the cell.
    at += match[0].length;
    if (body[at] === ",") continue;
    if (cells.length > 1 || cells[0] !== "") rows.push({ line: rowLine, cells });
    cells = [];
    line++;
    rowLine = line;
  }
  return rows;
}
