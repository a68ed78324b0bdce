import { type Attributes, type AttributeValue, type Condition, QueryError } from '@otelier/store/contract';
import { jsonText } from './rows.ts';

/** The subject of a condition: a span, a log record or a data point. */
export interface Subject {
  readonly name?: string;
  readonly kind?: string;
  readonly statusCode?: string;
  readonly service: string;
  readonly durationNanos?: number;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: string;
  readonly eventName?: string | undefined;
  readonly scopeName: string;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
}

/** Compiles conditions to a predicate. A missing field satisfies no condition. */
export function matcher(conditions: readonly Condition[]): (subject: Subject) => boolean {
  const tests = conditions.map((condition): ((subject: Subject) => boolean) => {
    const alternatives = [condition, ...(condition.or ?? [])].map((one) =>
      one === condition ? single(one) : matcher([one]),
    );
    return (subject) => alternatives.some((holds) => holds(subject));
  });
  return (subject) => tests.every((holds) => holds(subject));
}

/** Returns the value of a field by its name in conditions, facets and groups, or `undefined` if it is missing. */
export function fieldValue(subject: Subject, field: string): AttributeValue | undefined {
  if (field.startsWith('attributes.')) return subject.attributes[field.slice('attributes.'.length)];
  if (field.startsWith('resource.')) return subject.resourceAttributes[field.slice('resource.'.length)];
  const read = FIELDS[field];
  if (read === undefined) throw new QueryError(`unknown field ${field}`);
  return read(subject);
}

/** Returns a string unchanged and any other value as JSON. */
export function valueText(value: AttributeValue): string {
  return typeof value === 'string' ? value : jsonText(value);
}

/** Compiles a search string to a case-insensitive predicate. */
export function textMatcher(text: string | undefined): (...candidates: readonly (string | undefined)[]) => boolean {
  if (text === undefined || text === '') return () => true;
  const wanted = text.toLowerCase();
  return (...candidates) => candidates.some((candidate) => candidate?.toLowerCase().includes(wanted) === true);
}

const FIELDS: Readonly<Record<string, (subject: Subject) => AttributeValue | undefined>> = {
  name: (subject) => subject.name,
  kind: (subject) => subject.kind,
  status: (subject) => subject.statusCode,
  service: (subject) => subject.service,
  duration: (subject) => subject.durationNanos,
  severity: (subject) => subject.severityNumber,
  body: (subject) => subject.body,
  'event.name': (subject) => subject.eventName ?? '',
  'scope.name': (subject) => subject.scopeName,
};

function single({ field, op, value }: Condition): (subject: Subject) => boolean {
  if (op === 'exists') return (subject) => fieldValue(subject, field) !== undefined;
  if (op === '~' || op === '!~') {
    const pattern = regularExpression(field, String(value));
    return (subject) => {
      const actual = fieldValue(subject, field);
      return actual !== undefined && pattern.test(valueText(actual)) === (op === '~');
    };
  }
  const holds = COMPARISONS[op];
  return (subject) => {
    const actual = fieldValue(subject, field);
    return actual !== undefined && holds(compare(actual, value));
  };
}

const COMPARISONS: Readonly<Record<'=' | '!=' | '>' | '>=' | '<' | '<=', (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
};

function compare(actual: AttributeValue, wanted: string | number | boolean): number {
  const numbers = (typeof actual === 'number' || typeof actual === 'bigint') && typeof wanted === 'number';
  const [left, right] = numbers ? [actual, wanted] : [valueText(actual), String(wanted)];
  if (left === right || (numbers && Number(left) === right)) return 0;
  return left < right ? -1 : 1;
}

function regularExpression(field: string, source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (cause) {
    throw new QueryError(`${field}: expected a regular expression, got ${JSON.stringify(source)}`, { cause });
  }
}
