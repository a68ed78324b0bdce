import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Formats text with colors if they are wanted. */
export type Paint = (style: Style, text: string) => string;

/**
 * Returns whether output has colors: on a terminal, unless `NO_COLOR` is set (https://no-color.org) or `TERM` is `dumb`.
 * `FORCE_COLOR` overrides all of these, as in Node.
 */
export function wantsColor(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none, TERM: terminal } = environment;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (none !== undefined && none !== '') return false;
  return isTerminal && terminal !== 'dumb';
}

/** Creates a function that colors text, or returns it unchanged. */
export function createPaint(isColored: boolean): Paint {
  return isColored ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
