import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createRandom } from '@otelier/testkit/otlp/random';
import { keyValues, type SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';

const START = 1_700_000_040_000;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;

/** A trace with one span, whose ID is its number. */
function span(n: number, more: Partial<SpanJson>): SpanJson {
  return {
    ...{ traceId: n.toString(16).padStart(32, '0'), spanId: n.toString(16).padStart(16, '0'), name: `op${n}` },
    ...{ kind: 2, startTimeUnixNano: nanos(n), endTimeUnixNano: nanos(n + 10 * n), ...more },
  };
}

let server: TestApi;
before(async () => {
  server = await startTestApi();
  const append = async (service: string, spans: readonly SpanJson[]): Promise<void> => {
    const resource = { attributes: keyValues({ 'service.name': service, zone: service === 'shop' ? 'eu' : 'us' }) };
    const scope = { name: 'lib', version: '2' };
    await server.store.append(batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }));
  };
  await append('shop', [
    span(1, { attributes: keyValues({ code: 500, zone: 'us' }) }),
    span(2, { attributes: keyValues({ code: '500' }), status: { code: 2, message: 'no $tock' } }),
    span(3, {
      attributes: keyValues({ code: 9 }),
      kind: 3,
      events: [{ timeUnixNano: nanos(8), name: 'retry', attributes: keyValues({ code: 500 }) }],
      links: [{ traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0') }],
    }),
  ]);
  await append('db', [span(4, { attributes: keyValues({ ok: true }) }), span(5, {})]);
});
after(async () => {
  await server.shutdown(0);
  assert.deepEqual(server.errors, []);
});

const attr = (key: string, level?: string) => ({ attr: { key, ...(level !== undefined && { level }) } });
const field = (text: string) => {
  const [level, name] = text.split('.');
  return { field: { level, name } };
};
const scalar = (value: string, type?: string) => ({ scalar: { value, ...(type !== undefined && { type }) } });
const list = (...values: string[]) => ({ list: { values } });
const call = (op: string, ...args: unknown[]) => ({ op, args });
const sub = (op: string, ...args: unknown[]) => ({ call: call(op, ...args) });

async function ask(filter: unknown, more = ''): Promise<{ readonly status: number; readonly text: string }> {
  const text = typeof filter === 'string' ? filter : JSON.stringify(filter);
  const time = (millis: number): string => new Date(START + millis).toISOString();
  const parameters = new URLSearchParams({ 'query.startTimeMin': time(0), 'query.startTimeMax': time(60_000) });
  parameters.set('query.filter', text);
  const response = await fetch(`${server.url}/jaeger/api/v3/trace-summaries?${parameters}${more}`);
  const body = await response.text();
  const { error } = JSON.parse(body) as { readonly error?: { readonly message: string } };
  return { status: response.status, text: error?.message ?? body };
}

async function found(filter: unknown): Promise<string> {
  const { status, text } = await ask(filter);
  assert.equal(status, 200, `${JSON.stringify(filter)}: ${text}`);
  const { summaries } = JSON.parse(text) as { readonly summaries: readonly { readonly traceId: string }[] };
  return summaries
    .map(({ traceId }) => Number.parseInt(traceId, 16))
    .sort()
    .join();
}

test('a filter selects spans by attributes, fields and operators', async () => {
  const cases: readonly (readonly [object, string])[] = [
    [call('eq', attr('code'), scalar('500')), '1,2'],
    [call('eq', attr('code'), scalar('500', 'int')), '1'],
    [call('eq', attr('code'), scalar('500', 'string')), '2'],
    [call('eq', attr('code', 'event'), scalar('500')), '3'],
    [call('ne', attr('code'), scalar('500')), '3'],
    [call('gt', attr('code'), scalar('10')), '1'],
    [call('gt', scalar('10'), attr('code')), '3'],
    // An attribute without a level is that of the span or its resource.
    [call('eq', attr('zone'), scalar('us')), '1,4,5'],
    [call('eq', attr('zone', 'span'), scalar('us')), '1'],
    [call('ne', attr('zone'), scalar('us')), '2,3'],
    [call('in', attr('code'), list('9', '500')), '1,2,3'],
    [call('not_in', attr('code'), list('9')), '1,2'],
    [call('not', sub('in', attr('code'), list('9'))), '1,2,4,5'],
    [call('exists', attr('ok')), '4'],
    [call('eq', attr('ok'), scalar('true')), '4'],
    [call('regex', attr('zone', 'resource'), scalar('e.?')), '1,2,3'],
    [call('regex', field('span.statusMessage'), scalar('o [$]to')), '2'],
    [call('eq', field('span.status'), scalar('error')), '2'],
    [call('ne', field('span.kind'), scalar('server')), '3'],
    [call('gte', field('span.duration'), scalar('40ms')), '4,5'],
    [call('gt', field('span.name'), scalar('op3')), '4,5'],
    [call('eq', field('resource.service'), scalar('db')), '4,5'],
    [call('eq', field('span.traceID'), scalar('5')), '5'],
    [call('eq', field('event.name'), scalar('retry')), '3'],
    [call('lt', field('event.timeSinceStart'), scalar('6ms')), '3'],
    [call('eq', field('link.spanID'), scalar('1'.padStart(16, '0'))), '3'],
    [call('eq', field('scope.version'), scalar('2')), '1,2,3,4,5'],
    [call('ne', field('event.name'), scalar('other')), '3'],
    [call('exists', field('span.duration')), '1,2,3,4,5'],
    [
      call(
        'and',
        sub('exists', attr('code')),
        sub('or', sub('eq', attr('zone'), scalar('us')), sub('eq', field('span.kind'), scalar('client'))),
      ),
      '1,3',
    ],
  ];
  for (const [filter, expected] of cases) assert.equal(await found(filter), expected, JSON.stringify(filter));
});

test('what is invalid or not supported is an error that says where', async () => {
  const deep = Array.from({ length: 40 }).reduce<object>(
    (inner) => call('not', { call: inner }),
    call('exists', attr('a')),
  );
  const cases: readonly (readonly [unknown, number, RegExp])[] = [
    ['{', 400, /query\.filter: expected a JSON object, got "\{"/],
    [[], 400, /query\.filter: expected an object, got \[\]/],
    [call('like', attr('a'), scalar('b')), 400, /query\.filter\.op: expected an operator such as eq.*"like"/],
    [call('and', sub('exists', attr('a'))), 400, /filter\.args: expected 2 or more operands for and, got 1/],
    [call('and', sub('exists', attr('a')), attr('b')), 400, /filter\.args\[1\]\.call: expected an object, got none/],
    [call('eq', attr('a', 'trace'), scalar('b')), 400, /args\[0\]\.attr\.level: expected one of span.*"trace"/],
    [call('eq', field('span.nothing'), scalar('b')), 400, /args\[0\]\.field: expected one of the fields span\.name/],
    [call('gt', field('span.duration'), scalar('2')), 400, /args\[1\]\.scalar: expected a duration such as "2s"/],
    [call('gt', field('span.kind'), scalar('server')), 400, /expected a value that has an order/],
    [call('eq', attr('a'), scalar('b', 'int')), 400, /expected an integer, got "b"/],
    [call('regex', attr('a'), scalar('^b')), 400, /expected an expression without anchors/],
    [call('regex', attr('a'), scalar('b(')), 400, /expected a regular expression/],
    [call('in', attr('a'), { list: { values: [] } }), 400, /list\.values: expected at least one text/],
    [call('in', attr('a'), list(...Array.from({ length: 1001 }, () => 'b'))), 400, /at most 1000 calls and values/],
    [deep, 400, /at most 32 calls inside each other/],
    [
      call('some', { nested: { level: 'event' } }, sub('exists', attr('a'))),
      501,
      /filter\.op: the operator some is not supported/,
    ],
    [call('eq', field('span.startTime'), scalar('b')), 501, /the field span\.startTime is not supported/],
    [call('eq', attr('a'), attr('b')), 501, /a comparison of two attributes or fields is not supported/],
  ];
  for (const [filter, status, message] of cases) {
    const response = await ask(filter);
    assert.equal(response.status, status, `${JSON.stringify(filter).slice(0, 200)}: ${response.text}`);
    assert.match(response.text, message);
  }
  const both = await ask(call('exists', attr('a')), '&query.serviceName=shop');
  assert.match(both.text, /query\.filter: expected no query\.serviceName beside it/);
});

test('generated filters select what each of their calls says', async () => {
  const random = createRandom(7);
  const spans: readonly Readonly<Record<string, number | string>>[] = Array.from({ length: 12 }, () =>
    Object.fromEntries(
      ['a', 'b', 'c'].filter(() => random(3) > 0).map((key) => [key, random(2) === 0 ? random(3) : `${random(3)}`]),
    ),
  );
  await using own = await startTestApi();
  const stored = spans.map((attributes, index) => span(index + 1, { attributes: keyValues(attributes) }));
  await own.store.append(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: stored }] }] }));
  type Holds = (attributes: Readonly<Record<string, number | string>>) => boolean;
  const leaf = (): readonly [object, Holds] => {
    const key = 'abc'.charAt(random(3));
    const values = Array.from({ length: 1 + random(2) }, () => `${random(3)}`);
    const [value = ''] = values;
    const isIn: Holds = ({ [key]: own }) => own !== undefined && values.includes(`${own}`);
    switch (random(6)) {
      case 0:
        return [call('eq', attr(key), scalar(value)), ({ [key]: own }) => `${own}` === value];
      case 1:
        return [
          call('ne', attr(key, 'span'), scalar(value)),
          ({ [key]: own }) => own !== undefined && `${own}` !== value,
        ];
      case 2:
        return [call('in', attr(key, 'span'), list(...values)), isIn];
      case 3:
        return [call('not_in', attr(key), list(...values)), (one) => one[key] !== undefined && !isIn(one)];
      case 4:
        return [
          call('gt', attr(key), scalar(value)),
          ({ [key]: own }) => typeof own === 'number' && own > Number(value),
        ];
      default:
        return [call('exists', attr(key)), ({ [key]: own }) => own !== undefined];
    }
  };
  const tree = (depth: number): readonly [object, Holds] => {
    const kind = depth === 0 ? 3 : random(4);
    if (kind === 3) return leaf();
    if (kind === 2) {
      const [inner, holds] = tree(depth - 1);
      return [call('not', { call: inner }), (one) => !holds(one)];
    }
    const parts = Array.from({ length: 2 + random(2) }, () => tree(depth - 1));
    const args = parts.map(([part]) => ({ call: part }));
    return kind === 0
      ? [call('and', ...args), (one) => parts.every(([, holds]) => holds(one))]
      : [call('or', ...args), (one) => parts.some(([, holds]) => holds(one))];
  };
  const before = server;
  server = own;
  try {
    for (let round = 0; round < 150; round++) {
      const [filter, holds] = tree(3);
      const expected = spans.flatMap((one, index) => (holds(one) ? [index + 1] : []));
      assert.equal(await found(filter), expected.sort().join(), JSON.stringify(filter));
    }
  } finally {
    server = before;
  }
});
