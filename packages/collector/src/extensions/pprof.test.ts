import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FieldReader, readString, WireType } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { pprof } from './pprof.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

extensionContract(pprof, { config: LOCAL });

async function started(t: TestContext) {
  const bench = await createComponentBench(pprof, { config: LOCAL, clock: systemClock });
  t.after(() => bench.close());
  await bench.start();
  return { bench, url: `http://${bench.logs.find(({ msg }) => msg === 'pprof listening')?.['address']}/debug/pprof` };
}

/** Requests a profile and calls `work` until it has arrived. */
async function profileOf(url: string, work: () => void) {
  let done = false;
  const body = fetch(url)
    .then(async (response) => new Uint8Array(await response.arrayBuffer()))
    .finally(() => {
      done = true;
    });
  while (!done) {
    work();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return contentsOf(await body);
}

/** Returns the number of fields in a profile by field number, and its string table. */
function contentsOf(compressed: Uint8Array) {
  const bytes = gunzipSync(compressed);
  const counts = new Map<number, number>();
  const strings: string[] = [];
  const fields = new FieldReader(bytes);
  while (fields.next()) {
    counts.set(fields.field, (counts.get(fields.field) ?? 0) + 1);
    if (fields.field === 6 && fields.wireType === WireType.lengthDelimited)
      strings.push(readString(bytes, fields.valueStart, fields.valueEnd));
  }
  return { counts, strings };
}

function spin(text: string): string {
  for (const end = performance.now() + 5; performance.now() < end; );
  return text;
}

test('samples the functions that use the CPU', async (t) => {
  const { url } = await started(t);
  // The engine never inlines a callback of `replace`, so that samples name it.
  const work = () => 'x'.replace('x', spin);
  let profile = await profileOf(`${url}/profile?seconds=0.5`, work);
  // On a busy machine, the thread that takes the samples may wait for as long as the profile lasts.
  while (!profile.strings.includes('spin')) profile = await profileOf(`${url}/profile?seconds=0.5`, work);
  const { counts, strings } = profile;
  assert.equal(strings[0], '');
  for (const text of ['samples', 'count', 'cpu', 'nanoseconds']) assert.ok(strings.includes(text), text);
  assert.ok((counts.get(2) ?? 0) > 0, 'samples');
  assert.ok((counts.get(4) ?? 0) >= (counts.get(5) ?? 0), 'locations and functions');
});

test('samples allocations that are alive', async (t) => {
  const { url } = await started(t);
  const kept: unknown[] = [];
  const { strings } = await profileOf(`${url}/heap`, () => kept.push(new Array(1000).fill(0)));
  for (const text of ['inuse_space', 'bytes']) assert.ok(strings.includes(text), text);
  assert.ok(kept.length > 0);
});

test('makes one profile at a time, and names mistakes', async (t) => {
  const { bench, url } = await started(t);
  const profiles = [fetch(`${url}/profile?seconds=300`), fetch(`${url}/profile?seconds=300`)];
  assert.equal((await Promise.race(profiles)).status, 503);
  for (const seconds of ['0', '-1', '301', 'NaN', 'Infinity', 'x']) {
    const response = await fetch(`${url}/profile?seconds=${seconds}`);
    assert.equal(response.status, 400);
    assert.equal(await response.text(), `seconds: expected a number above 0 and at most 300, got "${seconds}"\n`);
  }
  assert.equal((await fetch(`${url}/other`)).status, 404);
  // Shutdown ends the profile.
  await Promise.all([bench.close(), ...profiles.map((profile) => profile.catch(() => undefined))]);
});
