import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRequest, sampleBatch } from '@otelier/testkit';
import { judgeJson } from './json.ts';
import { judgeWire } from './judge.ts';

const [request = new Uint8Array()] = sampleBatch('traces', 2).parts;
const [other = new Uint8Array()] = sampleBatch('traces', 3).parts;
const json = Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a","startTimeUnixNano":"5"}]}]}]}');
const read = encodeRequest('traces', {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a', startTimeUnixNano: '5' }] }] }],
});

test('finds nothing wrong with what is right', () => {
  assert.equal(judgeWire('traces', request, { kind: 'accepted', bytes: request }), undefined);
  assert.equal(judgeWire('traces', request.slice(0, -1), { kind: 'refused', reason: 'cut off' }), undefined);
  assert.equal(judgeJson('traces', json, { kind: 'accepted', bytes: read }), undefined);
  assert.equal(judgeJson('traces', json.subarray(1), { kind: 'refused', reason: 'cut off' }), undefined);
});

test('finds what was accepted and cannot be read', () => {
  const cut = request.slice(0, -1);
  assert.match(judgeWire('traces', cut, { kind: 'accepted', bytes: cut }) ?? '', /protobufjs cannot read it/);
  assert.match(judgeJson('traces', json.subarray(1), { kind: 'accepted', bytes: read }) ?? '', /cannot be read/);
});

test('finds what was handed on as something else', () => {
  assert.match(judgeWire('traces', request, { kind: 'accepted', bytes: other }) ?? '', /as something else/);
  assert.match(judgeJson('traces', json, { kind: 'accepted', bytes: request }) ?? '', /as something else/);
});

test('finds what was refused for no reason that is written down', () => {
  assert.match(judgeWire('traces', request, { kind: 'refused', reason: 'a whim' }) ?? '', /without a rule/);
  assert.match(judgeJson('traces', json, { kind: 'refused', reason: 'a whim' }) ?? '', /without a rule/);
});
