import { styleText } from 'node:util';
import type { Console } from '../../console.ts';
import { terminalText } from '../../terminal-text.ts';

/** Formats a text for the output, whose control characters are escaped. */
export type Style = (format: 'bold' | 'dim' | 'green' | 'red', text: string) => string;

/** Returns a style with colors if standard output is a terminal and `NO_COLOR` is not set. */
export function styleOf({ columns, environment }: Pick<Console, 'columns' | 'environment'>): Style {
  if (columns === undefined || (environment['NO_COLOR'] ?? '') !== '') return (_format, text) => terminalText(text);
  return (format, text) => styleText(format, terminalText(text), { validateStream: false });
}
