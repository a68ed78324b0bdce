import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeRequest, requestFromJson } from '@otelier/otlp';
import { hostileRequest } from './request.ts';

const COUNT = 3 * 100;

test('hostile requests are valid OTLP and have the same items in both encodings', () => {
  for (let index = 0; index < COUNT; index++) {
    const { signal, bytes, json } = hostileRequest(1, index);
    const fromBytes = normalizeRequest(signal, bytes);
    const fromJson = requestFromJson(signal, json);
    assert.ok(
      fromBytes.ok && fromJson.ok,
      `${signal} ${index}: ${JSON.stringify([fromBytes, fromJson]).slice(0, 500)}`,
    );
    assert.equal(fromJson.itemCount, fromBytes.itemCount, `${signal} ${index}`);
  }
});

test('the same seed and index produce the same request, another seed a different one', () => {
  assert.deepEqual(hostileRequest(7, 3), hostileRequest(7, 3));
  assert.notDeepEqual(hostileRequest(7, 3).bytes, hostileRequest(8, 3).bytes);
});

test('most times are near the requested time', () => {
  const aroundMillis = 1_800_000_000_000;
  const { json } = hostileRequest(1, 4, { aroundMillis, signal: 'logs' });
  assert.match(json, /"timeUnixNano":"(1799999|1800000)\d{12}"/);
});
