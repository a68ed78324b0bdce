import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectedAt, LIST, type Schema } from './config-schema.ts';
import { idsIn, placeAt } from './yaml-place.ts';

const TEXT = `receivers:
  otlp: {protocols: {http: {}}}
processors:
  batch:
    timeout: 200ms
    |
  tail_sampling:
    policies:
      - name: errors
        ty|
exporters: {nop: {}, "otlp_http/a": {}}
service:
  pipelines:
    traces:
      receivers: [otlp, |]
      processors:
        - ba|
      exporters: [nop]
`;

/** Returns the places of the marks in a text, without them. */
function places() {
  const text = TEXT.replaceAll('|', '');
  return [...TEXT.matchAll(/\|/g)].map(({ index }, count) => placeAt(text, index - count));
}

test('finds the path of a position', () => {
  assert.deepEqual(
    places().map((place) => [place?.kind, place?.path, place?.word]),
    [
      ['key', ['processors', 'batch'], ''],
      ['key', ['processors', 'tail_sampling', 'policies', LIST], 'ty'],
      ['value', ['service', 'pipelines', 'traces', 'receivers', LIST], ''],
      ['value', ['service', 'pipelines', 'traces', 'processors', LIST], 'ba'],
    ],
  );
  assert.deepEqual([...(places()[0]?.siblings ?? [])], ['timeout']);
  assert.equal(placeAt('a: 1 # com', 10), undefined);
});

test('lists the IDs of a section, as a block and in braces', () => {
  const text = TEXT.replaceAll('|', '');
  assert.deepEqual(idsIn(text, 'processors'), ['batch', 'tail_sampling']);
  assert.deepEqual(idsIn('exporters: {nop: {}, otlp_http/a: {x: 1}}\n', 'exporters').slice(0, 2), [
    'nop',
    'otlp_http/a',
  ]);
});

test('the schema of the configuration gives keys and values for a path', () => {
  const file = join(import.meta.dirname, '../../../../../docs/reference/otelier.schema.json');
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const batch = expectedAt(schema, ['processors', 'batch/2']);
  assert.ok(batch.keys.has('timeout') && batch.keys.has('send_batch_size'));
  assert.ok(expectedAt(schema, ['processors']).keys.has('tail_sampling'));
  assert.ok(expectedAt(schema, ['service', 'pipelines', 'traces']).keys.has('processors'));
  assert.ok(expectedAt(schema, []).keys.has('service'));
});
