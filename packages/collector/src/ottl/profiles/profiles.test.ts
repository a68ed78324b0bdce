import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, localContext, rewriteItems, WireWriter } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import type { ProcessorDefinition } from '../../component/define.ts';
import { filter } from '../../processors/filter.ts';
import { resourceDetection } from '../../processors/resource_detection.ts';
import { transform } from '../../processors/transform.ts';
import { compileValue } from '../compile/compiler.ts';
import { STANDARD_CONVERTERS } from '../functions/standard.ts';
import { Subject } from '../record/subject.ts';
import { Identifier, Time, type Value } from '../values/value.ts';

const STRINGS = ['', 'cpu', 'nanoseconds', 'thread.name', 'main', 'service.name', 'shop', 'thread.id'];
const ID = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

/** Returns a request with two profiles. The attribute of its resource refers to the dictionary. */
function request(isDictionaryFirst = false): Uint8Array {
  const writer = new WireWriter();
  const dictionary = () =>
    writer.message(2, () => {
      for (const text of STRINGS) writer.stringField(5, text);
      attribute(writer, 0, () => {});
      attribute(writer, 3, () => writer.stringField(1, 'main'));
      attribute(writer, 7, () => writer.varintField(3, 7));
    });
  if (isDictionaryFirst) dictionary();
  writer.message(1, () => {
    writer.message(1, () => writer.message(1, () => serviceName(writer)));
    writer.message(2, () => {
      writer.message(1, () => writer.stringField(1, 'profiler'));
      writer.message(2, () => profile(writer, [1]));
      writer.message(2, () => profile(writer, [1, 2]));
    });
  });
  if (!isDictionaryFirst) dictionary();
  return writer.finish();
}

function serviceName(writer: WireWriter): void {
  writer.message(2, () => writer.varintField(8, 6));
  writer.varintField(3, 5);
}

function attribute(writer: WireWriter, key: number, value: () => void): void {
  writer.message(6, () => {
    if (key > 0) writer.varintField(1, key);
    writer.message(2, value);
  });
}

function profile(writer: WireWriter, attributes: readonly number[]): void {
  writer.message(1, () => {
    writer.varintField(1, 1);
    writer.varintField(2, 2);
  });
  writer.message(2, () => writer.varintField(1, 1));
  writer.message(2, () => writer.varintField(1, 2));
  writer.varintField(4, 1000);
  writer.varintField(6, 10);
  writer.bytesField(7, ID);
  writer.stringField(9, 'pprof');
  writer.bytesField(10, Uint8Array.of(1, 2));
  writer.message(11, () => {
    for (const index of attributes) writer.varint(index);
  });
}

function batch(bytes: Uint8Array): Batch {
  return { signal: 'profiles', parts: [bytes], itemCount: 2, sizeBytes: bytes.length, context: localContext(0) };
}

async function sent(definition: ProcessorDefinition, config: Record<string, unknown>, bytes = request()) {
  const bench = await createComponentBench(definition, { signals: ['profiles'], config });
  await bench.start();
  const outcome = await bench.send(batch(bytes));
  await bench.service.shutdown();
  return { outcome, output: bench.received.flatMap(({ parts }) => parts)[0], itemCount: bench.received[0]?.itemCount };
}

/** Returns the values of an expression for each profile. */
function valuesOf(bytes: Uint8Array | undefined, expression: string): Value[] {
  const getter = compileValue(expression, { context: 'profile', functions: STANDARD_CONVERTERS });
  const subject = new Subject({ now: () => 0, random: () => 0 });
  const values: Value[] = [];
  rewriteItems('profiles', bytes ?? new Uint8Array(), {
    item(cursor) {
      values.push(getter(subject.moveToItem(cursor)));
      return 'keep';
    },
  });
  return values;
}

const READS: [string, Value][] = [
  ['profile.sample_type.type', 'cpu'],
  ['sample_type.unit', 'nanoseconds'],
  ['period_type.type', ''],
  ['Len(sample)', 2n],
  ['time_unix_nano', 0n],
  ['time', new Time(0n)],
  ['duration', 1000n],
  ['duration_unix_nano', 1000n],
  ['period', 10n],
  ['profile_id', new Identifier('profile', ID)],
  ['profile_id.string', '0102030405060708090a0b0c0d0e0f10'],
  ['attribute_indices', [1n]],
  ['dropped_attributes_count', 0n],
  ['original_payload_format', 'pprof'],
  ['original_payload', Uint8Array.of(1, 2)],
  ['attributes', new Map([['thread.name', 'main']])],
  ['attributes["thread.name"]', 'main'],
  ['attributes["missing"]', undefined],
  ['scope.name', 'profiler'],
];

for (const [expression, expected] of READS)
  test(`reads ${expression} of a profile`, () => {
    assert.deepEqual(valuesOf(request(), expression)[0], expected);
  });

const WRITES: [string, string, Value][] = [
  ['set(profile.sample_type.type, "alloc")', 'sample_type.type', 'alloc'],
  ['set(profile.sample_type.unit, "cpu")', 'sample_type.unit', 'cpu'],
  ['set(profile.period_type, profile.sample_type)', 'period_type.unit', 'nanoseconds'],
  ['set(profile.sample, nil)', 'Len(sample)', 0n],
  ['set(profile.time_unix_nano, 5)', 'time_unix_nano', 5n],
  ['set(profile.duration, 7)', 'duration_unix_nano', 7n],
  ['set(profile.period, -3)', 'period', -3n],
  ['set(profile.profile_id.string, "ff000000000000000000000000000000")', 'Substring(profile_id.string, 0, 4)', 'ff00'],
  ['set(profile.attribute_indices, [2])', 'attributes', new Map([['thread.id', 7n]])],
  ['set(profile.attributes["thread.name"], "worker")', 'attributes["thread.name"]', 'worker'],
  ['set(profile.attributes["thread.id"], 7)', 'attribute_indices', [1n, 2n]],
  ['set(profile.attributes["new"], {"a": [1, true]})', 'attributes["new"]["a"][1]', true],
  ['set(profile.attributes["thread.name"], profile.attributes["thread.name"])', 'attribute_indices', [1n]],
  ['delete_key(profile.attributes, "thread.name")', 'Len(attributes)', 0n],
  [
    'merge_maps(profile.attributes, {"x": 1}, "upsert")',
    'attributes',
    new Map<string, Value>([
      ['thread.name', 'main'],
      ['x', 1n],
    ]),
  ],
  ['set(profile.original_payload, 0x0a)', 'original_payload', Uint8Array.of(10)],
  ['set(profile.attributes["service"], resource.attributes["service.name"])', 'attributes["service"]', 'shop'],
  ['set(resource.attributes["team"], "a")', 'resource.attributes["team"]', 'a'],
];

for (const [statement, expression, expected] of WRITES)
  test(`runs ${statement} on a profile`, async () => {
    for (const isDictionaryFirst of [false, true]) {
      const { outcome, output, itemCount } = await sent(
        transform,
        { error_mode: 'propagate', profile_statements: [statement] },
        request(isDictionaryFirst),
      );
      assert.deepEqual([outcome.kind, itemCount], ['accepted', 2]);
      assert.deepEqual(valuesOf(output, expression)[0], expected);
      // All other references remain valid.
      assert.equal(valuesOf(output, 'attributes').length, 2);
    }
  });

for (const [statement, message] of [
  ['set(profile.profile_id.string, "00000000000000000000000000000000")', /other than zeros/],
  ['set(profile.duration, -1)', /expected a duration of at least 0, got -1/],
] as const)
  test(`refuses the profiles if ${statement} fails`, async () => {
    const { outcome } = await sent(transform, { error_mode: 'propagate', profile_statements: [statement] });
    assert.equal(outcome.kind, 'refused');
    assert.match('reason' in outcome ? (outcome.reason ?? '') : '', message);
  });

test('fails to read attributes whose index is out of range', async () => {
  const statements = ['set(profile.attribute_indices, [99])', 'set(profile.attributes["x"], 1)'];
  const { outcome } = await sent(transform, { error_mode: 'propagate', profile_statements: statements });
  assert.equal(outcome.kind, 'refused');
  assert.match('reason' in outcome ? (outcome.reason ?? '') : '', /expected the index of an attribute below 3, got 99/);
});

for (const [config, kept] of [
  [{ profile_conditions: ['profile.attributes["thread.id"] == 7'] }, 1],
  [{ profile_conditions: ['resource.attributes["service.name"] == "shop"'] }, undefined],
  [{ profile_conditions: [{ context: 'scope', conditions: ['name == "other"'] }] }, 2],
  [{ profiles: { profile: ['sample_type.type == "cpu" and attributes["thread.id"] == nil'] } }, 1],
  [{ profiles: { resource: ['attributes["service.name"] == "shop"'] } }, undefined],
  [{}, 2],
] as const)
  test(`filters profiles by ${JSON.stringify(config)}`, async () => {
    const { outcome, itemCount } = await sent(filter, config);
    assert.deepEqual([outcome.kind, itemCount], ['accepted', kept]);
  });

test('refuses conditions in both forms, even if one list is empty', async () => {
  for (const [name, lists] of [
    ['profile_conditions', { profiles: { profile: ['true'] } }],
    ['log_conditions', { logs: { log_record: ['true'] } }],
  ] as const)
    await assert.rejects(sent(filter, { [name]: [], ...lists }), new RegExp(`expected nothing besides .${name}`));
});

test('detects resources of profiles, whose attributes can refer to the dictionary', async () => {
  const { output } = await sent(resourceDetection, { detectors: ['env'], override: false });
  assert.deepEqual(valuesOf(output, 'resource.attributes["service.name"]'), ['shop', 'shop']);
});

test('refuses profiles that are malformed within a profile', async () => {
  const writer = new WireWriter();
  writer.message(1, () => writer.message(2, () => writer.message(2, () => writer.stringField(4, 'x'))));
  const { outcome } = await sent(filter, { profile_conditions: ['profile.period == 1'] }, writer.finish());
  assert.equal(outcome.kind, 'refused');
  assert.match('reason' in outcome ? (outcome.reason ?? '') : '', /profiles\[0\]\.duration_nano: expected a varint/);
});
