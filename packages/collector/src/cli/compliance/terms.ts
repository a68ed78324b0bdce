import type { SubjectTerm } from '@otelier/store';
import { EXIT } from '../commands/exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** The options that identify a person. */
export interface TermOptions {
  readonly attribute: readonly string[];
  readonly text: readonly string[];
  readonly tenant: string;
  readonly start?: string;
  readonly end?: string;
  readonly url: string;
}

/** Returns what identifies a person. Fails if nothing does. */
export function termsOf({ attribute, text }: TermOptions): readonly SubjectTerm[] {
  const terms = [...attributesOf(attribute), ...text.map((value) => ({ value }))];
  if (terms.length === 0)
    throw new CommandFailure('expected --attribute key=value or --text value, got none', EXIT.usage);
  return terms;
}

/** Parses `key=value`. */
export function attributesOf(
  attributes: readonly string[],
): readonly { readonly key: string; readonly value: string }[] {
  return attributes.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandFailure(`--attribute: expected key=value, got ${JSON.stringify(pair)}`, EXIT.usage);
    return { key: pair.slice(0, at), value: pair.slice(at + 1) };
  });
}

/** Parses a time to milliseconds since the Unix epoch. */
export function millisOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const millis = Date.parse(text);
  if (!Number.isNaN(millis)) return millis;
  throw new CommandFailure(
    `--${name}: expected a time such as 2026-12-01T00:00:00Z, got ${JSON.stringify(text)}`,
    EXIT.usage,
  );
}

/** Returns the request of the options. */
export function requestOf(options: TermOptions) {
  const { tenant, start, end } = options;
  return { tenant, terms: termsOf(options), start: millisOf('start', start), end: millisOf('end', end) };
}
