import { isoWithNanos } from '../../duck/values.ts';
import type { Cell, CellSource, ResultColumn } from './cells.ts';

const ROWS = 4096;

/**
 * Encodes a result as CSV (RFC 4180): a header, CRLF, quotes where needed. Null is an empty field, empty text is `""`.
 * With `formulaSafe`, text that a spreadsheet would take for a formula begins with an apostrophe.
 */
export async function encodeCsv(reader: CellSource, formulaSafe: boolean): Promise<readonly Uint8Array[]> {
  const { columns } = reader;
  const pieces = [Buffer.from(`${columns.map(({ name }) => field(name, formulaSafe)).join(',')}\r\n`)];
  for (let group = await reader.read(ROWS); group !== undefined; group = await reader.read(ROWS)) {
    const { cells, rows } = group;
    let text = '';
    for (let row = 0; row < rows; row++) {
      text += `${cells.map((column, index) => cellText(column[row], columns[index], formulaSafe)).join(',')}\r\n`;
    }
    pieces.push(Buffer.from(text));
  }
  return pieces;
}

function cellText(cell: Cell, column: ResultColumn | undefined, formulaSafe: boolean): string {
  if (cell === undefined) return '';
  if (typeof cell === 'string') return field(cell, formulaSafe);
  if (typeof cell === 'bigint') return column?.kind === 'time' ? isoWithNanos(cell) : String(cell);
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : String(cell);
}

function field(text: string, formulaSafe: boolean): string {
  const safe = formulaSafe && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
