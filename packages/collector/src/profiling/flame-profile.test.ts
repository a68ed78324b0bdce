import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlameProfile } from '@otelier/query';
import { startBeforeTests } from '../cli/otelier.testing.ts';

const TOKEN = 'a-token-for-edits';
const CONFIG = `
receivers: {generator: {traces_per_second: 200}}
processors:
  transform: {trace_statements: ['set(span.attributes["hash"], SHA256(span.name))']}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0, edit_token: ${TOKEN}}}
service:
  extensions: [workbench]
  telemetry: {logs: {level: warn}}
  pipelines:
    traces: {receivers: [generator], processors: [transform], exporters: [nop]}`;
const url = startBeforeTests(CONFIG);

async function record(body: object, token = TOKEN) {
  const response = await fetch(`${url()}/api/v1/profile/flame`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as FlameProfile & { readonly error?: { readonly message: string } };
  return { status: response.status, json };
}

/** Checks the columns: a frame follows its caller and is not larger. Returns the sum of each owner. */
function checkFrames({ frames, functions, owners, total }: FlameProfile): ReadonlyMap<string, number> {
  const { parents, values } = frames;
  assert.ok(parents.length > 0 && parents.length <= 4000);
  for (const column of [frames.functions, frames.owners, values]) assert.equal(column.length, parents.length);
  const below = new Float64Array(parents.length);
  const sums = new Map<string, number>();
  for (const [index, parent] of parents.entries()) {
    assert.ok(parent < index);
    assert.ok(functions[frames.functions[index] ?? -1] !== undefined);
    if (parent >= 0) below[parent] = (below[parent] ?? 0) + (values[index] ?? 0);
    else sums.set(owners[frames.owners[index] ?? -1]?.name ?? '', values[index] ?? 0);
  }
  for (const [index, sum] of below.entries()) assert.ok(sum <= (values[index] ?? 0) * 1.0001);
  const all = [...sums.values()].reduce((one, other) => one + other, 0);
  assert.ok(all <= total * 1.0001 && all > total * 0.9, `${all} of ${total}`);
  return sums;
}

test('records the CPU time of all threads by component, with the files of functions', async () => {
  const { json } = await record({ kind: 'cpu', seconds: 1 });
  const sums = checkFrames(json);
  assert.equal(json.unit, 'nanoseconds');
  assert.ok((sums.get('receivers/generator') ?? 0) > 0, JSON.stringify([...sums]));
  assert.ok(json.owners.some(({ name, isComponent }) => name === 'receivers/generator' && isComponent));
  const own = json.functions.find(({ file }) => file.startsWith('collector/src/receivers/generator'));
  assert.ok(own !== undefined && own.line > 0);
  assert.doesNotMatch(JSON.stringify(json.functions), /file:\/\//);
});

test('records what is allocated and still in use', async () => {
  const { json } = await record({ kind: 'heap', seconds: 0.5 });
  assert.deepEqual([json.kind, json.unit], ['heap', 'bytes']);
  checkFrames(json);
});

test('needs the token for edits, and takes only bounded durations, one at a time', async () => {
  const denied = await record({ kind: 'cpu', seconds: 0.1 }, 'wrong');
  assert.equal(denied.status, 401);
  const long = await record({ kind: 'cpu', seconds: 26 });
  assert.deepEqual([long.status, /above 0 and at most 25/.test(long.json.error?.message ?? '')], [400, true]);
  assert.equal((await record({ kind: 'all' })).status, 400);
  const statuses = await Promise.all([0, 1, 2].map(async () => (await record({ kind: 'heap', seconds: 1 })).status));
  assert.deepEqual(statuses.toSorted(), [200, 503, 503]);
});
