import { formatName, formatValue } from './format-value.ts';
import { type RecordedEvent, type RecordedSpan, type SpanKind, serviceOf } from './telemetry.ts';
import {
  type AttributePatterns,
  attributesMismatch,
  type Count,
  firstOf,
  formatLimits,
  formatPattern,
  limitsOf,
  type TextPattern,
  type ValuePattern,
  valueMismatch,
} from './value-pattern.ts';

/** What a span must be. Fields that are not set can have any value. */
export interface SpanPattern {
  readonly name?: TextPattern;
  readonly kind?: SpanKind;
  readonly status?: RecordedSpan['status'];
  readonly statusMessage?: TextPattern;
  /** The attribute `service.name` of the resource. */
  readonly service?: TextPattern;
  /** Name of the instrumentation scope. */
  readonly scope?: TextPattern;
  readonly attributes?: AttributePatterns;
  /** Events that the span must have, in any order and beside others. */
  readonly events?: readonly EventPattern[];
  /** Number of links. */
  readonly links?: Count;
}

/** What an event of a span must be. */
export interface EventPattern {
  readonly name?: TextPattern;
  readonly attributes?: AttributePatterns;
}

/** A span and the spans below it. */
export interface SpanShape extends SpanPattern {
  /** Child spans that the span must have. */
  readonly children?: readonly ChildShape[];
  /** Whether the children must start in the given order. Default `any`. */
  readonly order?: 'any' | 'given';
  /** Whether the span may have children that are not listed. Default `allowed`. */
  readonly otherChildren?: 'allowed' | 'refused';
}

/** A child span, and how often it must occur. */
export interface ChildShape extends SpanShape {
  /** Default: at least once. With a limit, further spans that match are refused, too. */
  readonly times?: Count;
}

/** Returns how a span itself differs from a pattern, or `undefined`. */
export function spanMismatch(pattern: SpanPattern, span: RecordedSpan): string | undefined {
  const fields: readonly (readonly [string, ValuePattern | undefined, string])[] = [
    ['name', asValue(pattern.name), span.name],
    ['kind', pattern.kind, span.kind],
    ['status', pattern.status, span.status],
    ['status message', asValue(pattern.statusMessage), span.statusMessage],
    ['service', asValue(pattern.service), serviceOf(span)],
    ['scope', asValue(pattern.scope), span.scope],
  ];
  return (
    firstOf(fields, ([what, expected, value]) =>
      expected === undefined ? undefined : valueMismatch(what, expected, value),
    ) ??
    attributesMismatch(pattern.attributes, span.attributes) ??
    firstOf(pattern.events ?? [], (event) => eventMismatch(event, span.events)) ??
    linksMismatch(pattern.links, span.links.length)
  );
}

/** A condition on a text is one on a value. */
export function asValue(pattern: TextPattern | undefined): ValuePattern | undefined {
  return typeof pattern === 'function' ? (value) => pattern(String(value)) : pattern;
}

function eventMismatch(pattern: EventPattern, events: readonly RecordedEvent[]): string | undefined {
  const name = asValue(pattern.name);
  const mismatches = events.map(
    (event) =>
      (name === undefined ? undefined : valueMismatch('name', name, event.name)) ??
      attributesMismatch(pattern.attributes, event.attributes),
  );
  if (mismatches.includes(undefined)) return undefined;
  const expected = name === undefined ? 'an event' : `an event ${formatPattern(name)}`;
  const found = mismatches.length === 0 ? 'there is none' : `closest: ${mismatches.at(-1)}`;
  return `events: expected ${expected}, ${found}`;
}

function linksMismatch(expected: Count | undefined, count: number): string | undefined {
  const limits = limitsOf(expected, { min: 0, max: Number.POSITIVE_INFINITY });
  const isWithin = count >= limits.min && count <= limits.max;
  return isWithin ? undefined : `links: expected ${formatLimits(limits)}, got ${count}`;
}

/** Describes a pattern in one line. */
export function formatSpanPattern({ name, kind, status, attributes, service }: SpanPattern): string {
  const details = [
    kind,
    status === undefined ? undefined : `status ${status}`,
    service === undefined ? undefined : `service ${formatPattern(asValue(service))}`,
    ...Object.entries(attributes ?? {}).map(([key, value]) => `${key}=${formatPattern(value)}`),
  ].filter((detail) => detail !== undefined);
  const label = typeof name === 'string' ? name : name === undefined ? 'any span' : formatPattern(asValue(name));
  return details.length === 0 ? label : `${label} [${details.join(', ')}]`;
}

/** Describes a span in one line: name, statement, duration and place. */
export function formatSpan(span: RecordedSpan): string {
  const { name, kind, status, statusMessage, durationMillis, place } = span;
  const text = statementOf(span);
  return [
    formatName(name),
    `[${kind}${status === 'error' ? ', status error' : ''}]`,
    ...(text === undefined || text === name ? [] : [formatValue(text)]),
    ...(status === 'error' && statusMessage !== '' ? [formatValue(statusMessage)] : []),
    `${Number(durationMillis.toPrecision(3))} ms`,
    ...(place === undefined ? [] : [`at ${place}`]),
  ].join(' ');
}

/** Returns the statement of a database span, or `undefined`. */
export function statementOf({ attributes }: RecordedSpan): string | undefined {
  const text = attributes['db.query.text'] ?? attributes['db.statement'];
  return text === undefined ? undefined : String(text);
}
