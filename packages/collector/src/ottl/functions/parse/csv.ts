import { EvaluationError } from '../../values/value.ts';

/** Parses a single CSV record. Unquoted line breaks belong to the field, because there is only one record. */
export function parseCsvRow(row: string, delimiter: string, lazyQuotes: boolean): string[] {
  const lines = row.replace(/^[\r\n]+/, '').replace(/\r?\n$/, '');
  if (lines === '') throw new EvaluationError('expected a row of CSV, got none');
  const fields: string[] = [];
  for (let at = 0; at <= lines.length; ) {
    const field =
      lines[at] === '"' ? quotedField(lines, at, delimiter, lazyQuotes) : plainField(lines, at, delimiter, lazyQuotes);
    fields.push(field.text);
    at = field.end + delimiter.length;
    if (field.end >= lines.length) break;
  }
  return fields;
}

interface Field {
  readonly text: string;
  readonly end: number;
}

function plainField(lines: string, start: number, delimiter: string, lazyQuotes: boolean): Field {
  const next = lines.indexOf(delimiter, start);
  const end = next < 0 ? lines.length : next;
  const text = lines.slice(start, end);
  if (!lazyQuotes && text.includes('"')) throw new EvaluationError('expected no quote within a field without quotes');
  return { text, end };
}

function quotedField(lines: string, start: number, delimiter: string, lazyQuotes: boolean): Field {
  let text = '';
  for (let at = start + 1; at < lines.length; at++) {
    const character = lines[at] as string;
    if (character !== '"') {
      text += character;
    } else if (lines[at + 1] === '"') {
      text += '"';
      at++;
    } else if (at + 1 === lines.length || lines.startsWith(delimiter, at + 1)) {
      return { text, end: at + 1 };
    } else if (lazyQuotes) {
      text += '"';
    } else {
      throw new EvaluationError('expected a delimiter after a quoted field');
    }
  }
  if (lazyQuotes) return { text, end: lines.length };
  throw new EvaluationError('expected a closing quote');
}
