import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import type { LogRecordJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { logDedup } from './log_dedup.ts';

processorContract(logDedup, { respondsEarly: true });

type Config = Readonly<Record<string, unknown>>;

const TIMES = {
  timeUnixNano: '1',
  observedTimeUnixNano: '1700000000000000000',
};

async function benchOf(config: Config = {}) {
  const bench = await createComponentBench(logDedup, { config });
  await bench.start();
  const send = (logRecords: LogRecordJson[], metadata: Record<string, string[]> = {}) => {
    const batch = batchOf('logs', { resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ logRecords }] }] });
    return bench.send({ ...batch, context: { ...batch.context, metadata } });
  };
  const received = () =>
    bench.received
      .splice(0)
      .flatMap(({ parts }) =>
        parts.flatMap((part) =>
          (decodeRequest('logs', part).resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
            scopeLogs.flatMap(({ logRecords = [] }) => logRecords),
          ),
        ),
      );
  return { bench, send, received };
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function attributesOf({ attributes = [] }: LogRecordJson): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
}

describe('identical records', () => {
  test('are forwarded once after the interval, with their number and times', async () => {
    const { bench, send, received } = await benchOf({ interval: '5s', timezone: 'America/New_York' });
    const record = { ...TIMES, body: { stringValue: 'disk full' }, severityNumber: 17, severityText: 'ERROR' };
    await send([record, { ...record, timeUnixNano: '2' }]);
    await bench.clock.advance(2000);
    assert.deepEqual(await send([{ ...record, traceId: '0102030405060708090a0b0c0d0e0f10' }]), ACCEPTED);
    assert.deepEqual(received(), []);
    await bench.clock.advance(3000);
    assert.deepEqual(received(), [
      {
        ...record,
        timeUnixNano: '1700000005000000000',
        observedTimeUnixNano: '1700000000000000000',
        attributes: [
          { key: 'log_count', value: { intValue: '3' } },
          text('first_observed_timestamp', '2023-11-14T17:13:20-05:00'),
          text('last_observed_timestamp', '2023-11-14T17:13:22-05:00'),
        ],
      },
    ]);
    await bench.clock.advance(5000);
    assert.deepEqual(received(), []);
    await bench.close();
  });

  test('have the same attributes in any order, and the same severity', async () => {
    const { bench, send, received } = await benchOf();
    const [a, b] = [text('a', '1'), text('b', '2')];
    await send([
      { attributes: [a, b] },
      { attributes: [b, a] },
      { attributes: [a, { key: 'b', value: { intValue: '2' } }] },
      { attributes: [a, b], severityNumber: 9 },
      { attributes: [a, b], severityText: 'INFO' },
      { attributes: [a] },
      // All undefined severity numbers are equal.
      { severityNumber: 25 },
      { severityNumber: 99 },
    ]);
    await bench.close();
    assert.deepEqual(
      received().map((record) => attributesOf(record)['log_count']),
      ['2', '1', '1', '1', '1', '2'],
    );
  });

  test('keep the time of the first one with timestamp_mode preserved', async () => {
    const { bench, send, received } = await benchOf({ timestamp_mode: 'preserved' });
    await send([{ timeUnixNano: '7' }, { timeUnixNano: '8' }]);
    await bench.close();
    assert.equal(received()[0]?.timeUnixNano, '7');
  });

  test('are counted for each resource and scope', async () => {
    const { bench, received } = await benchOf();
    const logRecords = [{ severityNumber: 9 }];
    const resourceOf = (name: string) => ({ attributes: [text('service.name', name)] });
    await bench.send(
      batchOf('logs', {
        resourceLogs: [
          {
            resource: resourceOf('a'),
            scopeLogs: [
              { scope: { name: 's' }, logRecords },
              { scope: { name: 's' }, logRecords },
            ],
          },
          {
            resource: resourceOf('a'),

            scopeLogs: [{ scope: { name: 's', version: '1' }, logRecords }],
          },
          { resource: resourceOf('b'), scopeLogs: [{ scope: { name: 's' }, logRecords }] },
        ],
      }),
    );
    await bench.close();
    assert.deepEqual(
      received().map((record) => attributesOf(record)['log_count']),
      ['2', '1', '1'],
    );
  });
});

test('excluded fields are removed and not compared', async () => {
  const { bench, send, received } = await benchOf({
    exclude_fields: ['body.time', 'attributes.src.ip', String.raw`attributes.host\.name`],
  });
  const record = (time: string, ip: string, host: string): LogRecordJson => ({
    body: { kvlistValue: { values: [text('time', time), text('what', 'x')] } },
    attributes: [
      { key: 'src', value: { kvlistValue: { values: [text('ip', ip), text('port', '1')] } } },
      text('host.name', host),
      text('kept', 'y'),
    ],
  });
  await send([record('1', 'a', 'h'), record('2', 'b', 'i')]);
  await bench.close();
  const [only, ...others] = received();
  assert.deepEqual(others, []);
  assert.deepEqual(only?.body, { kvlistValue: { values: [text('what', 'x')] } });
  assert.deepEqual(only?.attributes?.slice(0, 3), [
    { key: 'src', value: { kvlistValue: { values: [text('port', '1')] } } },
    text('kept', 'y'),
    { key: 'log_count', value: { intValue: '2' } },
  ]);
});

test('included fields alone identify a record, unless it has none', async () => {
  const { bench, send, received } = await benchOf({ include_fields: ['attributes.id', 'body.user.name'] });
  const body = (name: string) => ({
    kvlistValue: { values: [{ key: 'user', value: { kvlistValue: { values: [text('name', name)] } } }] },
  });
  await send([
    { attributes: [text('id', '1')], severityText: 'a' },
    { attributes: [{ key: 'id', value: { intValue: '1' } }], severityText: 'b' },
    // As in the Collector, only the values of the fields are compared, not their names.
    { body: body('1') },
    { attributes: [text('id', '1')], body: body('1') },
    { severityText: 'c' },
    { severityText: 'd' },
  ]);
  await bench.close();
  assert.deepEqual(
    received().map((record) => [record.severityText, attributesOf(record)['log_count']]),
    [
      ['a', '3'],
      [undefined, '1'],
      ['c', '1'],
      ['d', '1'],
    ],
  );
});

describe('conditions', () => {
  const conditions = ['log.attributes["id"] == 1', 'severity_number == 17'];

  test('select the records to count; others pass at once', async () => {
    const { bench, send, received } = await benchOf({ conditions, exclude_fields: ['attributes.x'] });
    const one = { attributes: [{ key: 'id', value: { intValue: '1' } }, text('x', 'y')] };
    const two = { attributes: [{ key: 'id', value: { intValue: '2' } }, text('x', 'y')] };
    await send([one, two, one, { severityNumber: 17 }]);
    assert.deepEqual(received(), [two]);
    await bench.close();
    assert.deepEqual(
      received().map((record) => attributesOf(record)['log_count']),
      ['2', '1'],
    );
  });

  test('count nothing of a batch that the sender repeats', async () => {
    const { bench, send, received } = await benchOf({ conditions });
    const records = [{ severityNumber: 17 }, { severityNumber: 1 }];
    bench.response = () => ({ kind: 'retry', afterMillis: 1, reason: 'full' });
    assert.equal((await send(records)).kind, 'retry');
    bench.response = () => ACCEPTED;
    received();
    assert.deepEqual(await send(records), ACCEPTED);
    await bench.close();
    assert.deepEqual(
      received().map((record) => attributesOf(record)['log_count']),
      [undefined, '1'],
    );
  });

  test('report the records that were rejected', async () => {
    const { bench, send } = await benchOf({ conditions });
    bench.response = () => ({ kind: 'refused', reason: 'no' });
    assert.deepEqual(await send([{ severityNumber: 17 }, { severityNumber: 1 }]), {
      kind: 'partial',
      rejectedItems: 1,
      reason: 'no',
    });
    await bench.close();
    assert.deepEqual(bench.dropped(), { refused: 1 });
  });

  test('that fail do not match', async () => {
    const { bench, send, received } = await benchOf({
      conditions: ['Int(body) > 1 or ParseJSON(body)["a"] == 1', 'true'],
    });
    await send([{ body: { stringValue: '{' } }]);
    assert.equal(received().length, 1);
    await bench.close();
    assert.deepEqual(received(), []);
  });
});

test('metadata_keys separate records, up to the limit', async () => {
  const { bench, send } = await benchOf({ metadata_keys: ['X-Tenant'], metadata_cardinality_limit: 2 });
  const record = [{ severityNumber: 1 }];
  await send(record, { 'x-tenant': ['a'], other: ['1'] });
  await send(record, { 'x-tenant': ['a'], other: ['2'] });
  await send(record, { 'x-tenant': ['b'] });
  assert.deepEqual(await send(record, {}), { kind: 'refused', reason: 'more than 2 combinations of metadata' });
  await bench.close();
  assert.deepEqual(
    bench.received.map(({ context }) => context.metadata),
    [{ 'x-tenant': ['a'] }, { 'x-tenant': ['b'] }],
  );
});

test('forwards early when the records need too much memory, and loses none', async () => {
  const bench = await createComponentBench(logDedup, { memoryLimitBytes: 2 * 2 ** 20 });
  await bench.start();
  const records = Array.from({ length: 2000 }, (_, index) => ({ body: { stringValue: `${index}`.repeat(20) } }));
  for (let at = 0; at < records.length; at += 100) {
    const logRecords = records.slice(at, at + 100);
    assert.deepEqual(await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })), ACCEPTED);
  }
  assert.ok(bench.received.length > 0);
  assert.ok(bench.service.graph().admission.inFlightBytes < 2 ** 20);
  await bench.close();
  assert.equal(
    bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0),
    records.length,
  );
});

describe('refuses', () => {
  const refused: readonly (readonly [Config, RegExp])[] = [
    [{ interval: 0 }, /interval: expected more than 0/],
    [{ log_count_attribute: '' }, /log_count_attribute: expected a name/],
    [{ timezone: 'not a timezone' }, /timezone: expected a name of the IANA time zone database/],
    [{ timezone: '+02:00' }, /timezone: expected a name of the IANA time zone database/],
    [{ exclude_fields: ['body'] }, /exclude_fields.*: expected a field of the body/],
    [{ exclude_fields: ['not.value'] }, /exclude_fields.*: expected a field that begins with/],
    [{ exclude_fields: ['body.a', 'body.a'] }, /exclude_fields.*: expected each field once/],
    [{ include_fields: ['body'] }, /include_fields.*: expected a field of the body/],
    [{ include_fields: ['attributes'] }, /include_fields.*: expected one attribute/],
    [{ include_fields: ['body.a'], exclude_fields: ['body.b'] }, /expected either exclude_fields or include_fields/],
    [{ conditions: ['nope == 1'] }, /conditions.*nope/],
    [{ metadata_keys: ['a', 'A'] }, /metadata_keys: expected each key once/],
    [{ timestamp_mode: 'x' }, /timestamp_mode/],
  ];
  for (const [config, message] of refused)
    test(JSON.stringify(config), () => assert.rejects(createComponentBench(logDedup, { config }), message));
});
