import { cellText } from '../../../query/series-of-rows.ts';
import type { ResultRows } from './table-of.ts';

/** Formats rows as CSV (RFC 4180). Text that a spreadsheet takes for a formula is preceded by an apostrophe. */
export function csvOf({ columns, rows }: ResultRows): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map((_, index) => cellText(row[index]))),
  ];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

function field(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Offers a file for download. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
