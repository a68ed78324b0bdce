import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Store, StoreEvent } from '../../contract.ts';
import { openStore } from '../../open.ts';

const NEVER = { retentionMillis: Number.MAX_SAFE_INTEGER };

/** Creates a closed store with files of 100, 200 and 300 spans. Returns their paths by row count. */
async function fill(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-checks-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const store = await openStore({ directory, ...NEVER });
  for (const rows of [100, 200, 300]) {
    await store.append(sampleBatch('traces', rows));
    await store.flush();
  }
  await store.close();
  const data = join(directory, 'data');
  const paths = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .sort()
    .map((name) => join(data, name));
  assert.equal(paths.length, 3);
  return { directory, paths };
}

async function countSpans(store: Store): Promise<number> {
  const result = await store.sql?.query({ tenant: 'default', statement: 'SELECT count(*), count(name) FROM spans' });
  return Number(result?.rows[0]?.[0]);
}

test('a query after a restart skips a file with a flipped bit, which is set aside and reported', async (t) => {
  const random = createRandom(5);
  const { directory, paths } = await fill(t);
  const [, path = ''] = paths;
  const whole = readFileSync(path);
  for (let i = 0; i < 4; i++) {
    const bytes = Buffer.from(whole);
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    writeFileSync(path, bytes);
    const events: StoreEvent[] = [];
    const store = await openStore({ directory, ...NEVER, onEvent: (event) => events.push(event) });
    assert.equal(await countSpans(store), 400, `bit flipped at ${at}`);
    await store.close();
    const messages = events.flatMap((event) => (event.kind === 'error' ? [event.message] : []));
    assert.ok(messages.some((message) => message.startsWith(`${path}: damaged, now ${join(directory, 'damaged')}`)));
    rmSync(join(directory, 'damaged'), { recursive: true });
  }
  writeFileSync(path, whole);
  const store = await openStore({ directory, ...NEVER });
  assert.equal(await countSpans(store), 600);
  await store.close();
});

test('queries that do not use the engine find a flipped bit, or do not read it', async (t) => {
  const random = createRandom(6);
  const { directory, paths } = await fill(t);
  const [, path = ''] = paths;
  const ask = async (traceIds: readonly string[]) => {
    const messages: string[] = [];
    const onEvent = (event: StoreEvent) => event.kind === 'error' && messages.push(event.message);
    const store = await openStore({ directory, ...NEVER, onEvent });
    const range = { tenant: 'default', start: 0n, end: 1n << 62n };
    const newest = await store.searchTraces({ ...range, conditions: [], limit: 1000, orderBy: 'time' });
    const spans: object[] = [];
    for (const traceId of traceIds) {
      for await (const part of store.trace({ tenant: 'default', traceId })) spans.push(...part);
    }
    const red = await store.red({ ...range, steps: 3, groupBy: 'route' });
    await store.close();
    return { found: { newest, spans: spans.length, red }, messages, ids: newest.traces.map(({ traceId }) => traceId) };
  };
  const { ids } = await ask([]);
  const wanted = ids.filter((_, i) => i % 40 === 0);
  const whole = await ask(wanted);
  assert.deepEqual(whole.messages, []);
  const bytes = readFileSync(path);
  rmSync(path);
  const without = await ask(wanted);
  assert.notDeepEqual(without.found, whole.found);
  let reported = 0;
  for (let i = 0; i < 6; i++) {
    const damaged = Buffer.from(bytes);
    const at = random(damaged.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    writeFileSync(path, damaged);
    const { found, messages } = await ask(wanted);
    const isReported = messages.some((message) => message.startsWith(`${path}: damaged`));
    if (isReported) reported += 1;
    else assert.deepEqual(found, whole.found, `bit flipped at ${at}`);
    rmSync(join(directory, 'damaged'), { recursive: true, force: true });
    rmSync(join(directory, 'positions.json'), { force: true });
  }
  assert.ok(reported > 0);
});

test('checks files in the background, without a query', async (t) => {
  const { directory, paths } = await fill(t);
  const [path = ''] = paths;
  const bytes = readFileSync(path);
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const { promise, resolve } = Promise.withResolvers<string>();
  const store = await openStore({
    directory,
    ...NEVER,
    onEvent: (event) => event.kind === 'error' && resolve(event.message),
  });
  assert.match(
    await promise,
    /damaged, now .*: column trace_id, row group 0: the checksum of page 0 differs; 100 rows are no longer part of results$/,
  );
  assert.equal(await countSpans(store), 500);
  await store.close();
});
