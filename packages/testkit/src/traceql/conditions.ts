import type { Random } from '../otlp/random.ts';
import { type ModelAttributes, type ModelSpan, type ModelTrace, type ModelValue, pick } from './traces.ts';

/** A generated condition: its text, and whether a span of a trace satisfies it. */
export interface Condition {
  readonly text: string;
  test(span: ModelSpan, trace: ModelTrace): boolean;
}

type Kind = 'text' | 'number' | 'boolean' | 'status' | 'kind' | 'duration';

/** A field with the values that a span has under it: none, one, or one for each event or link. */
interface Field {
  readonly text: string;
  /** The constants that it is compared with. */
  readonly constants: readonly (readonly [string, Constant])[];
  readonly canBeMissing: boolean;
  values(span: ModelSpan, trace: ModelTrace): readonly ModelValue[];
}

interface Constant {
  readonly kind: Kind;
  readonly value: string | number | boolean;
}

const text = (value: string): readonly [string, Constant] => [JSON.stringify(value), { kind: 'text', value }];
const number = (value: number): readonly [string, Constant] => [String(value), { kind: 'number', value }];
const duration = (millis: number): readonly [string, Constant] => [`${millis}ms`, { kind: 'duration', value: millis }];
const boolean = (value: boolean): readonly [string, Constant] => [String(value), { kind: 'boolean', value }];

const STATUSES = ['unset', 'ok', 'error'];
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function attribute(
  scope: string,
  key: string,
  constants: Field['constants'],
  lists: (span: ModelSpan) => readonly ModelAttributes[],
): Field {
  const name = /\s/.test(key) ? `"${key}"` : key;
  const values = (span: ModelSpan): readonly ModelValue[] =>
    lists(span).flatMap((attributes) => (attributes[key] === undefined ? [] : [attributes[key]]));
  return { text: `${scope}.${name}`, constants, canBeMissing: true, values };
}

function intrinsic(name: string, constants: Field['constants'], values: Field['values']): Field {
  return { text: name, constants, canBeMissing: false, values };
}

const own = (span: ModelSpan): readonly ModelAttributes[] => [span.attributes];
const ofEvents = (span: ModelSpan): readonly ModelAttributes[] => span.events.map(({ attributes }) => attributes);

function rootOf(trace: ModelTrace): ModelSpan | undefined {
  return trace.find(({ parent }) => parent === '');
}

const FIELDS: readonly Field[] = [
  intrinsic('name', [text('SELECT'), text('GET /'), text('none')], ({ name }) => [name]),
  intrinsic('span:name', [text('work')], ({ name }) => [name]),
  intrinsic(
    'status',
    STATUSES.map((name) => [name, { kind: 'status', value: name }]),
    ({ status }) => [STATUSES[status] ?? ''],
  ),
  intrinsic(
    'kind',
    KINDS.map((name) => [name, { kind: 'kind', value: name }]),
    ({ kind }) => [KINDS[kind] ?? ''],
  ),
  intrinsic('statusMessage', [text('locked'), text('')], ({ message }) => [message]),
  intrinsic('duration', [duration(10), duration(30), duration(0)], ({ millis }) => [millis]),
  intrinsic('trace:id', [text('1'.padStart(32, 'a')), text('3')], ({ trace }) => [trace.replace(/^0+/, '')]),
  intrinsic('span:id', [text('1b0'.padStart(16, '0'))], ({ id }) => [id]),
  intrinsic('span:parentID', [text('2b0'.padStart(16, '0'))], ({ parent }) => [parent]),
  intrinsic('rootName', [text('GET /'), text('work')], (_span, trace) => [rootOf(trace)?.name ?? '']),
  intrinsic('trace:rootService', [text('shop'), text('db')], (_span, trace) => [
    String(rootOf(trace)?.resource['service.name'] ?? ''),
  ]),
  intrinsic('traceDuration', [duration(50), duration(120)], (_span, trace) => [
    Math.max(...trace.map(({ start, millis }) => start + millis)) - Math.min(...trace.map(({ start }) => start)),
  ]),
  intrinsic('span:childCount', [number(0), number(1), number(2)], (span, trace) => [
    trace.filter(({ parent }) => parent === span.id).length,
  ]),
  intrinsic('event:name', [text('retry'), text('exception')], ({ events }) => events.map(({ name }) => name)),
  intrinsic('event:timeSinceStart', [duration(5), duration(15)], ({ events }) => events.map(({ offset }) => offset)),
  intrinsic('link:spanID', [text('1b0')], ({ links }) => links.map(({ span }) => span.replace(/^0+/, ''))),
  intrinsic('instrumentation:name', [text('http')], ({ scope }) => [scope.name]),
  intrinsic('instrumentation:version', [text('2')], ({ scope }) => [scope.version]),
  attribute('span', 'code', [number(200), number(404), number(450)], own),
  attribute('span', 'route', [text('/cart'), text('/')], own),
  attribute('span', 'ratio', [number(0.5), number(1), number(2)], own),
  attribute('span', 'ok', [boolean(true), boolean(false)], own),
  attribute('span', 'mixed', [number(5), text('5'), boolean(true)], own),
  attribute('span', 'tags', [text('a'), text('b')], own),
  attribute('span', 'codes', [number(2), number(3)], own),
  attribute('span', 'missing', [text('x'), number(1)], own),
  attribute('resource', 'service.name', [text('shop'), text('db')], ({ resource }) => [resource]),
  attribute('resource', 'my key', [text('x y')], ({ resource }) => [resource]),
  attribute('', 'zone', [text('eu'), text('span-zone')], ({ attributes, resource }) =>
    attributes['zone'] === undefined ? [resource] : [attributes],
  ),
  attribute('event', 'type', [text('Timeout')], ofEvents),
  attribute('event', 'attempt', [number(1)], ofEvents),
  attribute('link', 'why', [text('batch')], ({ links }) => links.map(({ attributes }) => attributes)),
  attribute('instrumentation', 'lang', [text('js')], ({ scope }) => [scope.attributes]),
];

/** Generates a condition with up to `depth` levels of operators. */
export function generateCondition(random: Random, depth: number): Condition {
  const choice = depth === 0 ? 0 : random(8);
  if (choice < 4) return random(6) === 0 ? generatePresence(random) : generateComparison(random);
  if (choice === 4) {
    const inner = generateCondition(random, depth - 1);
    return { text: `!(${inner.text})`, test: (span, trace) => !inner.test(span, trace) };
  }
  if (choice === 5) return generateArithmetic(random);
  const [left, right] = [generateCondition(random, depth - 1), generateCondition(random, depth - 1)];
  return choice === 6
    ? {
        text: `(${left.text} && ${right.text})`,
        test: (span, trace) => left.test(span, trace) && right.test(span, trace),
      }
    : {
        text: `(${left.text} || ${right.text})`,
        test: (span, trace) => left.test(span, trace) || right.test(span, trace),
      };
}

function generatePresence(random: Random): Condition {
  const field = pick(
    random,
    FIELDS.filter(({ canBeMissing, text: name }) => canBeMissing && name !== 'resource.service.name'),
  );
  const isPresent = random(2) === 0;
  return {
    text: `${field.text} ${isPresent ? '!=' : '='} nil`,
    test: (span, trace) => field.values(span, trace).length > 0 === isPresent,
  };
}

const OPERATORS: Readonly<Record<Kind, readonly string[]>> = {
  text: ['=', '!=', '=~', '!~', '>', '<='],
  number: ['=', '!=', '>', '>=', '<', '<='],
  duration: ['=', '!=', '>', '>=', '<', '<='],
  boolean: ['=', '!='],
  status: ['=', '!='],
  kind: ['=', '!='],
};

function generateComparison(random: Random): Condition {
  const field = pick(random, FIELDS);
  const [constantText, constant] = pick(random, field.constants);
  const operators = OPERATORS[constant.kind];
  // IDs are only compared for equality here, because they can be written without leading zeros.
  const operator = pick(random, /:(id|parentID|spanID)$/.test(field.text) ? ['=', '!='] : operators);
  if (operator === '=~' || operator === '!~') return generateMatch(random, field, operator);
  return {
    text: `${field.text} ${operator} ${constantText}`,
    test: (span, trace) => field.values(span, trace).some((value) => compared(value, operator, constant)),
  };
}

const PATTERNS = ['GET.*', '/?(cart|pay)', '(?i)SHOP|DB', '[a-c]', '.*', 'Time', 's.*|e.*', 'T.*'];

function generateMatch(random: Random, field: Field, operator: '=~' | '!~'): Condition {
  const pattern = pick(random, PATTERNS);
  const isInsensitive = pattern.startsWith('(?i)');
  const expression = new RegExp(`^(?:${pattern.replace('(?i)', '')})$`, isInsensitive ? 'is' : 's');
  const matches = (value: string | number): boolean =>
    typeof value === 'string' && expression.test(value) === (operator === '=~');
  return {
    text: `${field.text} ${operator} ${JSON.stringify(pattern)}`,
    test: (span, trace) =>
      field.values(span, trace).some((value) => {
        if (!Array.isArray(value)) return typeof value === 'string' && matches(value);
        // Lists of numbers are not compared with texts.
        if (value.some((element) => typeof element !== 'string')) return false;
        return operator === '=~' ? value.some(matches) : value.every(matches);
      }),
  };
}

/** Compares a value with a constant of the same type. Of a list, one element must satisfy it, or all for `!=`. */
function compared(value: ModelValue, operator: string, constant: Constant): boolean {
  if (Array.isArray(value)) {
    const elements = value as readonly (string | number)[];
    if (elements.some((element) => typeof element !== typeof constant.value)) return false;
    const test = (element: string | number): boolean => holds(element, operator, constant.value);
    return operator === '!=' ? elements.every(test) : elements.some(test);
  }
  const plain = typeof value === 'object' ? (value as { readonly float: number }).float : value;
  return typeof plain === typeof constant.value && holds(plain as string | number | boolean, operator, constant.value);
}

function holds<T extends string | number | boolean>(left: T, operator: string, right: T): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    default:
      return left <= right;
  }
}

/** Generates a comparison with a calculated number. */
function generateArithmetic(random: Random): Condition {
  const [factor, limit] = [pick(random, [2, 3]), pick(random, [400, 500, 1000])];
  const code = (span: ModelSpan): number | undefined => span.attributes['code'] as number | undefined;
  return pick(random, [
    { text: `span.code * ${factor} > ${limit}`, test: (span) => (code(span) ?? Number.NaN) * factor > limit },
    { text: `span.code + ${factor} <= ${limit}`, test: (span) => (code(span) ?? Number.NaN) + factor <= limit },
    { text: `-span.code < -${limit}`, test: (span) => -(code(span) ?? Number.NaN) < -limit },
    { text: `span.code % 100 = ${factor + 1}`, test: (span) => (code(span) ?? Number.NaN) % 100 === factor + 1 },
  ] satisfies Condition[]);
}
