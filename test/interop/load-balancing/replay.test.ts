import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { forEachItem, requestFromJson } from '@otelier/otlp';
import { HashRing } from '../../../packages/collector/src/exporters/load_balancing/hash-ring.ts';
import { createIdentifier } from '../../../packages/collector/src/exporters/load_balancing/routing-key.ts';

interface Recorded {
  readonly identifiers: readonly string[];
  readonly rings: readonly { readonly endpoints: readonly string[]; readonly owners: readonly number[] }[];
  readonly identities: readonly {
    readonly request: object;
    readonly resource: string;
    readonly streams: readonly string[];
  }[];
}

const FILE = new URL('recorded.json.gz', import.meta.url);
const { identifiers, rings, identities } = JSON.parse(gunzipSync(readFileSync(FILE)).toString('utf8')) as Recorded;

test('identifiers belong to the endpoints that the Collector sends them to', () => {
  for (const { endpoints, owners } of rings) {
    const ring = new HashRing(endpoints.toReversed());
    assert.deepEqual(ring.endpoints, endpoints);
    assert.deepEqual(
      identifiers.map((digits) => ring.indexOf(Buffer.from(digits, 'hex'))),
      owners,
    );
  }
});

test('resources and streams have the identifiers of the Collector', () => {
  for (const { request, resource, streams } of identities) {
    const normalized = requestFromJson('metrics', Buffer.from(JSON.stringify(request)));
    assert.ok(normalized.ok);
    const identify = (key: 'resource' | 'streamID') => {
      const identifierOf = createIdentifier({ signal: 'metrics', key, attributes: [], random: () => 0 });
      const found: unknown[] = [];
      forEachItem('metrics', normalized.bytes, (item) => found.push(identifierOf(item)));
      return found;
    };
    assert.deepEqual(
      identify('resource'),
      streams.map(() => resource),
    );
    assert.deepEqual(identify('streamID'), streams);
  }
});
