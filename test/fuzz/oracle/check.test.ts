import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { checkWire } from './check.ts';
import { checkJson } from './json.ts';

const [request = new Uint8Array()] = sampleBatch('traces', 2).parts;
const [other = new Uint8Array()] = sampleBatch('traces', 3).parts;
const json = Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","startTimeUnixNano":"5"}]}]}]}');
const read = encodeRequest('traces', {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a', startTimeUnixNano: '5' }] }] }],
});

test('finds no errors in correct responses', () => {
  assert.equal(checkWire('traces', request, { kind: 'accepted', bytes: request }), undefined);
  assert.equal(checkWire('traces', request.slice(0, -1), { kind: 'refused', reason: 'cut off' }), undefined);
  assert.equal(checkJson('traces', json, { kind: 'accepted', bytes: read }), undefined);
  assert.equal(checkJson('traces', json.subarray(1), { kind: 'refused', reason: 'cut off' }), undefined);
});

test('finds accepted input that cannot be decoded', () => {
  const cut = request.slice(0, -1);
  assert.match(checkWire('traces', cut, { kind: 'accepted', bytes: cut }) ?? '', /protobufjs cannot read it/);
  assert.match(
    checkJson('traces', json.subarray(1), { kind: 'accepted', bytes: read }) ?? '',
    /accepted although it is malformed/,
  );
});

test('finds forwarded bytes that differ', () => {
  assert.match(checkWire('traces', request, { kind: 'accepted', bytes: other }) ?? '', /forwarded differently/);
  assert.match(checkJson('traces', json, { kind: 'accepted', bytes: request }) ?? '', /forwarded differently/);
});

test('finds input that was refused without a documented reason', () => {
  assert.match(checkWire('traces', request, { kind: 'refused', reason: 'a whim' }) ?? '', /without a rule/);
  assert.match(checkJson('traces', json, { kind: 'refused', reason: 'a whim' }) ?? '', /without a rule/);
});
