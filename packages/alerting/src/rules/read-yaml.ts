import { parseDurationMillis } from '@otelier/query/promql';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

/** An error in a file, with its position from 1. */
export interface FileError {
  readonly line: number;
  readonly column: number;
  /** Path of the part of the file; none for errors of syntax. */
  readonly path?: readonly PropertyKey[];
  readonly message: string;
}

/** A value and where its parts are, or the errors of a file. */
export type ReadYaml<T> =
  | { readonly ok: true; readonly value: T; readonly positionOf: PositionOf }
  | { readonly ok: false; readonly errors: readonly FileError[] };

/** Returns the position of a part of a file, or of the nearest part around it. */
export type PositionOf = (path: readonly PropertyKey[]) => { readonly line: number; readonly column: number };

/** Aliases could multiply a small file. */
const MAX_ALIASES = 100;

/**
 * Reads the first document of a YAML file. Every scalar is a text, as Go reads scalars into texts: a label `1.10` keeps
 * its zero.
 */
export function readYaml<T>(text: string, schema: z.ZodType<T>): ReadYaml<T> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', merge: true, lineCounter, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const positionOf: PositionOf = (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
      if (range?.[0] !== undefined) return at(range[0]);
    }
    return { line: 1, column: 1 };
  };
  const problems = document.errors.filter(({ code }) => code !== 'MULTIPLE_DOCS');
  if (problems.length > 0) {
    return {
      ok: false,
      errors: problems.map(({ pos, message }) => ({
        ...at(pos[0]),
        message: message.replace(/ at line \d+, column \d+[\s\S]*/, ''),
      })),
    };
  }
  try {
    const result = schema.safeParse(document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {});
    if (result.success) return { ok: true, value: result.data, positionOf };
    const errors = result.error.issues.map((issue) => ({
      ...positionOf(issue.path),
      path: issue.path,
      message: describe(issue),
    }));
    return { ok: false, errors };
  } catch (error) {
    return {
      ok: false,
      errors: [{ line: 1, column: 1, message: error instanceof Error ? error.message : String(error) }],
    };
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const place = path === '' ? '' : `${path.replace(/^\./, '')}: `;
  if (issue.code === 'unrecognized_keys')
    return `${place}unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  if (issue.code === 'invalid_type')
    return `${place}expected ${issue.expected === 'record' ? 'object' : issue.expected}`;
  return place + issue.message;
}

/** A duration of Prometheus, in milliseconds. */
export const durationMillis = z.string().transform((text, context) => {
  const millis = parseDurationMillis(text);
  if (millis !== undefined) return millis;
  context.addIssue(`expected a duration such as "5m", got ${JSON.stringify(text)}`);
  return z.NEVER;
});

/** A list that may be empty in the file, which is then a text. */
export function listOf<T>(element: z.ZodType<T>) {
  return z.preprocess((value) => (value === '' || value === undefined ? [] : value), z.array(element));
}

/** Names with texts, which may be empty in the file. */
export const texts = z.preprocess(
  (value) => (value === '' || value === undefined ? {} : value),
  z.record(z.string(), z.string()),
);

/** `true` or `false`. */
export const flag = z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true');

/** A number, or `Inf` or `NaN`. */
export const number = z.string().transform((text, context) => {
  const value = /^[+-]?\.?(inf|nan)$/i.test(text) ? specialNumber(text) : Number(text.replaceAll('_', ''));
  if (text !== '' && (!Number.isNaN(value) || /nan/i.test(text))) return value;
  context.addIssue(`expected a number, got ${JSON.stringify(text)}`);
  return z.NEVER;
});

function specialNumber(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
