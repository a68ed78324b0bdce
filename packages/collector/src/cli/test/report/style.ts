import type { Console } from '../../console.ts';
import { terminalText } from '../../terminal-text.ts';

/** Formats a text for the output, whose control characters are escaped. */
export type Style = Console['paint'];

/** Returns a style with colors if standard output shows them. */
export function styleOf({ paint }: Pick<Console, 'paint'>): Style {
  return (format, text) => paint(format, terminalText(text));
}
