import type { ComponentCases, Configuration, Step } from '../cases.ts';

interface SpanSpec {
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  /** Start and end time, in milliseconds. */
  readonly at?: readonly [start: number, end: number];
  readonly attributes?: Readonly<Record<string, object>>;
  readonly more?: object;
}

const START_NANOS = 1_700_000_000_000_000_000n;
const TRACE = '5b8efff798038103d269b633813fc60c';
const text = (stringValue: string) => ({ stringValue });

const spanId = (id: number) => id.toString(16).padStart(16, '0');

function span({ id, parent, name, at = [id, id + 10 * id], attributes = {}, more = {} }: SpanSpec): object {
  const nanos = (millis: number) => String(START_NANOS + BigInt(Math.round(millis * 1e6)));
  return {
    traceId: TRACE,
    spanId: spanId(id),
    ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }),
    name,
    kind: 3,
    startTimeUnixNano: nanos(at[0]),
    endTimeUnixNano: nanos(at[1]),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value })),
    ...more,
  };
}

/** Returns one request with the spans of several scopes. */
function request(...scopes: readonly (readonly SpanSpec[])[]): Step {
  const scopeSpans = scopes.map((spans, index) => ({ scope: { name: `scope-${index}` }, spans: spans.map(span) }));
  const resource = { attributes: [{ key: 'service.name', value: text('shop') }] };
  return { send: { resourceSpans: [{ resource, scopeSpans }] } };
}

const root: SpanSpec = { id: 1, name: 'root', at: [0, 5000] };

/** Returns leaf spans with increasing durations that share a parent. */
function leaves(
  count: number,
  from: number,
  parent: number,
  name = 'SELECT',
  more: Partial<SpanSpec> = {},
): SpanSpec[] {
  return Array.from({ length: count }, (_, index) => ({ id: from + index, parent, name, ...more }));
}

/** Returns handlers below the root, each with one query. */
function handlers(count: number, more: Partial<SpanSpec> = {}): SpanSpec[] {
  return Array.from({ length: count }, (_, index) => index + 2).flatMap((id) => [
    { id, parent: 1, name: 'handler', at: [id, 500 + id] as const, ...more },
    { id: id + 100, parent: id, name: 'SELECT', at: [id, 100 + id] as const },
  ]);
}

/** Returns three levels of spans: pages with handlers with queries. */
function pages(count: number): SpanSpec[] {
  return Array.from({ length: count }, (_, index) => index + 2).flatMap((id) => [
    { id, parent: 1, name: 'page', at: [id, 900 + id] as const },
    { id: id + 100, parent: id, name: 'handler', at: [id, 500 + id] as const },
    { id: id + 200, parent: id + 100, name: 'SELECT', at: [id, 100 + id] as const },
  ]);
}

const simple = (name: string, config: Configuration['config'], ...steps: readonly Step[]): Configuration => ({
  name,
  config,
  signals: ['traces'],
  ...(steps.length > 0 && { steps }),
});

const db = (operation: string, more: Readonly<Record<string, object>> = {}) => ({
  attributes: { 'db.operation': text(operation), ...more },
});

export const cases: ComponentCases = {
  kind: 'processor',
  type: 'spanpruning',
  // IDs of summary spans. IDs in the inputs are small numbers.
  random: /(?<="(?:spanId|parentSpanId)":)"(?!00000000)[0-9a-f]{16}"/g,
  configurations: [
    simple('defaults', {}),
    simple('defaults, five leaves', {}, request([root, ...leaves(5, 10, 1)])),
    simple('defaults, four leaves', {}, request([root, ...leaves(4, 10, 1)])),
    simple('three leaves', { min_spans_to_aggregate: 3 }, request([root, ...leaves(3, 10, 1)])),
    simple('leaves without parent in the trace', { min_spans_to_aggregate: 2 }, request(leaves(3, 10, 77))),
    simple(
      'roots without children',
      { min_spans_to_aggregate: 2 },
      request([root, { id: 2, name: 'root', at: [1, 9] }]),
    ),
    simple(
      'different names, kinds and statuses',
      { min_spans_to_aggregate: 2 },
      request([
        root,
        ...leaves(2, 10, 1, 'SELECT'),
        ...leaves(3, 20, 1, 'INSERT'),
        ...leaves(2, 30, 1, 'SELECT', { more: { kind: 2 } }),
        ...leaves(2, 40, 1, 'SELECT', { more: { status: { code: 2, message: 'failed' } } }),
        ...leaves(1, 50, 1, 'SELECT', { more: { status: { code: 1 } } }),
      ]),
    ),
    simple(
      'trace states',
      { min_spans_to_aggregate: 2 },
      request([
        root,
        ...leaves(2, 10, 1, 'SELECT', { more: { traceState: 'ot=th:8' } }),
        ...leaves(2, 20, 1, 'SELECT', { more: { traceState: 'ot=th:c;rv:d0000000000000' } }),
        ...leaves(1, 30, 1, 'SELECT'),
      ]),
    ),
    simple(
      'attributes by glob',
      { min_spans_to_aggregate: 2, group_by_attributes: ['db.*'] },
      request([
        root,
        ...leaves(2, 10, 1, 'q', db('select', { other: text('x') })),
        ...leaves(2, 20, 1, 'q', db('insert', { other: text('y') })),
        ...leaves(1, 30, 1, 'q', db('select', { 'db.name': text('shop') })),
        ...leaves(1, 31, 1, 'q'),
      ]),
    ),
    simple(
      'attributes by exact key and alternatives',
      {
        min_spans_to_aggregate: 2,
        group_by_attributes: ['db.operation', '{http,rpc}.method', 'x[0-9]', 'y[!0-9]', 'z?'],
      },
      request([
        root,
        ...leaves(2, 10, 1, 'q', db('select', { 'db.name': text('a') })),
        ...leaves(2, 20, 1, 'q', { attributes: { 'http.method': text('GET'), x1: text('1') } }),
        ...leaves(2, 30, 1, 'q', { attributes: { 'rpc.method': text('GET'), xa: text('1') } }),
        ...leaves(2, 40, 1, 'q', { attributes: { ya: text('1'), z: text('1') } }),
        ...leaves(2, 50, 1, 'q', { attributes: { y1: text('1'), zz: text('1') } }),
      ]),
    ),
    simple(
      'values of all types',
      { min_spans_to_aggregate: 2, group_by_attributes: ['k'] },
      request([
        root,
        ...leaves(2, 10, 1, 'q', { attributes: { k: { intValue: '1' } } }),
        ...leaves(2, 20, 1, 'q', { attributes: { k: { stringValue: '1' } } }),
        ...leaves(2, 30, 1, 'q', { attributes: { k: { doubleValue: 1 } } }),
        ...leaves(2, 40, 1, 'q', { attributes: { k: { boolValue: true } } }),
        ...leaves(2, 50, 1, 'q', { attributes: { k: { bytesValue: 'AQ==' } } }),
        ...leaves(2, 60, 1, 'q', { attributes: { k: { arrayValue: { values: [{ intValue: '1' }, {}] } } } }),
        ...leaves(2, 70, 1, 'q', { attributes: { k: {} } }),
        ...leaves(2, 80, 1, 'q', {
          attributes: {
            k: {
              kvlistValue: {
                values: [
                  { key: 'a', value: text('b') },
                  { key: 'c', value: {} },
                ],
              },
            },
          },
        }),
        ...leaves(1, 90, 1, 'q', {
          attributes: {
            k: {
              kvlistValue: {
                values: [
                  { key: 'c', value: {} },
                  { key: 'a', value: text('b') },
                ],
              },
            },
          },
        }),
      ]),
    ),
    simple(
      'events, links, status, flags and counts of dropped attributes',
      { min_spans_to_aggregate: 2 },
      request([
        root,
        ...leaves(3, 10, 1, 'SELECT', {
          attributes: { a: text('1'), 'aggregation.span_count': { intValue: '7' } },
          more: {
            events: [{ name: 'e', timeUnixNano: '1700000000000000001' }],
            links: [{ traceId: TRACE, spanId: spanId(9) }],
            status: { code: 2, message: 'failed' },
            flags: 257,
            droppedAttributesCount: 3,
            droppedEventsCount: 2,
            droppedLinksCount: 1,
          },
        }),
      ]),
    ),
    simple('parents', { min_spans_to_aggregate: 2 }, request([root, ...handlers(3)])),
    simple(
      'no parents',
      { min_spans_to_aggregate: 2, max_parent_depth: 0 },
      request([root, ...handlers(1), ...leaves(3, 300, 2)]),
    ),
    simple(
      'parents of which one has another child',
      { min_spans_to_aggregate: 2 },
      request([root, ...handlers(3), { id: 50, parent: 1, name: 'handler' }, { id: 51, parent: 50, name: 'INSERT' }]),
    ),
    simple(
      'parents of different kinds',
      { min_spans_to_aggregate: 2 },
      request([
        root,
        ...handlers(2),
        { id: 50, parent: 1, name: 'handler', more: { kind: 2 } },
        { id: 51, parent: 50, name: 'INSERT' },
      ]),
    ),
    simple('two levels of parents', { min_spans_to_aggregate: 2, max_parent_depth: 2 }, request([root, ...pages(3)])),
    simple('all levels of parents', { min_spans_to_aggregate: 2, max_parent_depth: -1 }, request([root, ...pages(4)])),
    simple(
      'one level of parents of two',
      { min_spans_to_aggregate: 2, max_parent_depth: 1 },
      request([
        root,
        { id: 2, parent: 1, name: 'page', at: [1, 999] },
        ...handlers(2).map((each) =>
          each.parent === 1 ? { ...each, id: each.id + 50, parent: 2 } : { ...each, parent: (each.parent ?? 0) + 50 },
        ),
      ]),
    ),
    simple(
      'leaves in several scopes',
      { min_spans_to_aggregate: 3 },
      request([root, ...leaves(2, 10, 1)], leaves(2, 20, 1), leaves(1, 30, 1, 'INSERT')),
    ),
    simple(
      'prefix',
      { min_spans_to_aggregate: 2, aggregation_attribute_prefix: 'batch.' },
      request([root, ...leaves(2, 10, 1)]),
    ),
    simple(
      'no buckets',
      { min_spans_to_aggregate: 2, aggregation_histogram_buckets: [] },
      request([root, ...leaves(2, 10, 1)]),
    ),
    simple(
      'buckets',
      { min_spans_to_aggregate: 2, aggregation_histogram_buckets: ['10ms', '50.5ms', '100ms', '1s'] },
      request([
        root,
        { id: 10, parent: 1, name: 'q', at: [0, 10] },
        { id: 11, parent: 1, name: 'q', at: [0, 50.5] },
        { id: 12, parent: 1, name: 'q', at: [0, 50.500001] },
        { id: 13, parent: 1, name: 'q', at: [0, 5000] },
        { id: 14, parent: 1, name: 'q', at: [100, 50] },
      ]),
    ),
    simple(
      'several traces and requests',
      { min_spans_to_aggregate: 2 },
      request([
        root,
        ...leaves(2, 10, 1),
        ...leaves(2, 20, 1, 'SELECT', { more: { traceId: '00000000000000000000000000000001' } }),
      ]),
      request([root, ...leaves(1, 10, 1)]),
      request(leaves(3, 10, 1)),
    ),
    simple('generated telemetry', { min_spans_to_aggregate: 2, group_by_attributes: ['*'] }),
    simple('refused: minimum of 1', { min_spans_to_aggregate: 1 }),
    simple('refused: depth', { max_parent_depth: -2 }),
    simple('refused: empty prefix', { aggregation_attribute_prefix: ' ' }),
    simple('refused: prefix with whitespace', { aggregation_attribute_prefix: 'a b' }),
    simple('refused: empty glob', { group_by_attributes: [' '] }),
    simple('refused: invalid glob', { group_by_attributes: ['db.[a'] }),
    simple('refused: reversed range', { group_by_attributes: ['[z-a]'] }),
    simple('refused: buckets out of order', { aggregation_histogram_buckets: ['10ms', '5ms'] }),
    simple('refused: bucket of 0', { aggregation_histogram_buckets: ['0s', '5ms'] }),
    simple('refused: unknown option', { min_spans: 3 }),
  ],
};
