import { z } from '@hono/zod-openapi';
import type { Condition, RangeQuery } from '@otelier/store';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { parseWhere, type WhereSubject } from './where.ts';

const TOO_LONG = `expected at most ${LIMITS.parameterLength} characters`;

/** The last millisecond whose nanoseconds fit in 64 bits, in the year 2262. */
const LAST_MILLIS = 9_223_372_036_000;

/** Raw request parameters: a string, a list for a repeated name, or the JSON values of a body. */
export type RawParameters = Readonly<Record<string, unknown>>;

/** Parses request parameters with a schema. Throws an `ApiProblem` that names every invalid parameter. */
export function parseParameters<S extends z.ZodObject>(schema: S, raw: RawParameters): z.output<S> {
  const unknown = Object.keys(raw).filter((name) => !Object.hasOwn(schema.shape, name));
  const result = schema.safeParse(raw);
  if (result.success && unknown.length === 0) return result.data;
  const known = Object.keys(schema.shape).join(', ') || 'no parameters';
  const problems = [
    ...unknown.map((name) => `${name}: unknown parameter, expected one of ${known}`),
    ...(result.error?.issues ?? []).map(({ path, message }) => `${placeOf(path)}: ${message}`),
  ];
  throw new ApiProblem('bad_request', problems.join('\n'));
}

/** Returns the name of a parameter, or of a field in it. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.filter((key) => typeof key === 'string').join('.') || 'request';
}

/** Parameters shared by all requests with a time range. */
export const rangeParameters = {
  start: millis('Start of the range, in milliseconds since the Unix epoch. Defaults to one hour before `end`.'),
  end: millis('End of the range (exclusive), in milliseconds since the Unix epoch. Defaults to now.'),
  tenant: text('Tenant to query. Defaults to that of the caller.'),
};

/** Returns the time range of a request. */
export function rangeOf(
  query: {
    readonly start?: number | undefined;
    readonly end?: number | undefined;
    readonly tenant?: string | undefined;
  },
  nowMillis: number,
): RangeQuery {
  const end = query.end ?? nowMillis;
  const start = query.start ?? end - HOUR_MILLIS;
  if (start >= end)
    throw new ApiProblem('bad_request', `start: expected a time before end, which is ${end}, got ${start}`);
  return { tenant: query.tenant ?? 'default', start: nanosOfMillis(start), end: nanosOfMillis(end) };
}
const HOUR_MILLIS = 3_600_000;

/** Returns the schema of the `steps` parameter. */
export function steps(fallback = 60): z.ZodType<number, string | undefined> {
  return wholeNumber(1, LIMITS.steps, fallback, 'Number of steps in the range.');
}

/** Returns the schema of the `limit` parameter. */
export function limit(fallback: number): z.ZodType<number, string | undefined> {
  return wholeNumber(1, LIMITS.rows, fallback, 'Maximum number of results.');
}

/** Returns a schema for an optional whole number. */
export function optionalNumber(
  min: number,
  max: number,
  description: string,
): z.ZodType<number | undefined, string | undefined> {
  return once()
    .optional()
    .transform((value, context): number | undefined => {
      if (value === undefined) return undefined;
      const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      context.addIssue(`expected a whole number from ${min} to ${max}, got ${JSON.stringify(value)}`);
      return z.NEVER;
    })
    .openapi({ type: 'integer', minimum: min, maximum: max, description });
}

/** Returns a schema for an optional string. */
export function text(description: string): z.ZodType<string | undefined, string | undefined> {
  return once().optional().openapi({ type: 'string', description });
}

/** Returns a schema for a required string. */
export function requiredText(description: string): z.ZodType<string, string> {
  return once().min(1, 'expected a value, got none').openapi({ type: 'string', description });
}

/** Returns a schema for an enumeration. */
export function choice<const W extends string>(
  choices: readonly W[],
  fallback: W,
  description: string,
): z.ZodType<W, string | undefined> {
  return once()
    .optional()
    .transform((value, context): W => {
      const found = value === undefined ? fallback : choices.find((known) => known === value);
      if (found !== undefined) return found;
      context.addIssue(`expected one of ${choices.join(', ')}, got ${JSON.stringify(value)}`);
      return z.NEVER;
    })
    .openapi({ type: 'string', enum: [...choices], default: fallback, description });
}

/** Returns a schema for a repeatable parameter. */
export function list(
  max: number,
  description: string,
  min = 0,
): z.ZodType<readonly string[], string | string[] | undefined> {
  const entry = z.string().max(LIMITS.parameterLength, TOO_LONG);
  return z
    .union([entry, z.array(entry)], { error: TOO_LONG })
    .optional()
    .transform((value, context): readonly string[] => {
      const values = value === undefined ? [] : [value].flat();
      if (values.length >= min && values.length <= max) return values;
      context.addIssue(`expected ${min} to ${max} values, got ${values.length}`);
      return z.NEVER;
    })
    .openapi({ type: 'array', items: { type: 'string' }, minItems: min, maxItems: max, description });
}

/** Returns the schema of repeatable `where=FIELD OP VALUE` conditions. */
export function where(subject: WhereSubject): z.ZodType<readonly Condition[], string | string[] | undefined> {
  return list(
    LIMITS.conditions,
    `\`FIELD OP VALUE\`, or several joined by \`or\`, all of which must hold${subject === 'spans' ? ' on one span' : ''}.`,
  )
    .transform((texts, context): readonly Condition[] =>
      texts.flatMap((one) => {
        const result = parseWhere(one, subject);
        if (result.kind === 'conditions') return result.conditions;
        context.addIssue(result.problem);
        return [];
      }),
    )
    .openapi({
      type: 'array',
      items: { type: 'string' },
      maxItems: LIMITS.conditions,
      example: ['service = checkout'],
    });
}

/** Returns a schema for a hexadecimal ID with a given number of digits. */
export function hexId(digits: 16 | 32, description: string): z.ZodType<string, string> {
  return once()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'i'), {
      error: ({ input }) => `expected ${digits} hexadecimal digits, got ${JSON.stringify(input)}`,
    })
    .transform((id) => id.toLowerCase())
    .openapi({ type: 'string', pattern: `^[0-9a-fA-F]{${digits}}$`, description });
}

/** Converts milliseconds since the Unix epoch to nanoseconds, rounded to microseconds. */
export function nanosOfMillis(millisSinceEpoch: number): bigint {
  return BigInt(Math.round(millisSinceEpoch * 1000)) * 1000n;
}

function once(): z.ZodString {
  return z
    .string({
      error: ({ input }) =>
        input === undefined ? 'expected a value, got none' : 'expected it once, got it several times',
    })
    .max(LIMITS.parameterLength, TOO_LONG);
}

function millis(description: string): z.ZodType<number | undefined, string | undefined> {
  return once()
    .optional()
    .transform((value, context): number | undefined => {
      if (value === undefined) return undefined;
      const number = Number(value);
      if (/^\d+(\.\d+)?$/.test(value) && number <= LAST_MILLIS) return number;
      context.addIssue(`expected milliseconds since the epoch, got ${JSON.stringify(value)}`);
      return z.NEVER;
    })
    .openapi({ type: 'number', minimum: 0, maximum: LAST_MILLIS, description });
}

function wholeNumber(
  min: number,
  max: number,
  fallback: number,
  description: string,
): z.ZodType<number, string | undefined> {
  return once()
    .optional()
    .transform((value, context): number => {
      const number = value === undefined ? fallback : Number(value);
      if ((value === undefined || /^\d+$/.test(value)) && number >= min && number <= max) return number;
      context.addIssue(`expected a whole number from ${min} to ${max}, got ${JSON.stringify(value)}`);
      return z.NEVER;
    })
    .openapi({ type: 'integer', minimum: min, maximum: max, default: fallback, description });
}
