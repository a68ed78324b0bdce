import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type OpenedJournal, openJournal } from '@otelier/journal';
import type { Batch } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';
import { queryDuckDb } from '../parquet/readers.testing.ts';
import { spansNamed } from './batches.testing.ts';
import { encodeRecord } from './journals/record.ts';
import type { FromThread, RequestName, Requests, ThreadOptions, ToThread } from './protocol.ts';
import { StoreThread } from './store-thread.ts';

const DAY = 24 * 3_600_000;

/** Runs a store thread's logic in this thread, with a controllable clock, and writes the journal that it reads. */
class Harness {
  readonly directory: string;
  readonly messages: FromThread[] = [];
  now = 1_764_000_000_000;
  /** Advances together with `now`, except that a jump changes only `now`. */
  monotonic = 5_000;
  readonly #options: Partial<ThreadOptions>;
  #journal: OpenedJournal | undefined;
  #thread: StoreThread | undefined;
  #lastId = 0;

  constructor(t: TestContext, options: Partial<ThreadOptions> = {}) {
    this.directory = mkdtempSync(join(tmpdir(), 'otelier-thread-'));
    this.#options = options;
    t.after(async () => {
      await this.stop();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  /** Advances both clocks. */
  pass(millis: number): void {
    this.now += millis;
    this.monotonic += millis;
  }

  async start(): Promise<this> {
    this.#journal = await openJournal({ directory: join(this.directory, 'journal', 'j1'), segmentBytes: 4096 });
    const options = {
      directory: this.directory,
      retentionMillis: 7 * DAY,
      maxBytes: 10e9,
      rowsPerFile: 1_000_000,
      maxFileAgeMillis: 3_600_000,
      retryMillis: 5000,
      positions: this.#positions(),
      firstPositions: { j1: this.#journal.firstPosition },
      cutBytes: 0,
      ...this.#options,
    };
    this.#thread = new StoreThread(options, (message) => this.messages.push(message), {
      now: () => this.now,
      monotonic: () => this.monotonic,
    });
    return this;
  }

  async stop(): Promise<void> {
    if (this.#thread !== undefined) await this.request('close', {});
    this.#thread = undefined;
    await this.#journal?.close();
  }

  async append(batch: Batch): Promise<void> {
    await this.#journal?.append(encodeRecord(batch));
  }

  async request<Name extends RequestName>(
    kind: Name,
    parameters: Omit<Requests[Name]['parameters'], 'positions'>,
  ): Promise<Requests[Name]['result']> {
    const id = ++this.#lastId;
    this.#thread?.handle({ kind, id, positions: this.#positions(), ...parameters } as unknown as ToThread);
    for (;;) {
      const reply = this.messages.find((message) => 'id' in message && message.id === id);
      if (reply?.kind === 'failure') throw new Error(reply.message);
      if (reply?.kind === 'reply') return reply.result as Requests[Name]['result'];
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  release(pin: number): void {
    this.#thread?.handle({ kind: 'release', pin });
  }

  /** Appends spans and writes them to a file. */
  async fileOf(names: readonly string[]): Promise<void> {
    await this.append(spansNamed(names, 'default', this.now));
    await this.request('flush', {});
  }

  snapshot() {
    return this.request('snapshot', { tenant: 'default', signal: 'traces', reads: 'everything' });
  }

  async names(): Promise<readonly string[]> {
    const { pin, paths } = await this.snapshot();
    const rows = await queryDuckDb(
      `select name from read_parquet([${paths.map((path) => `'${path}'`)}]) order by name`,
    );
    this.release(pin);
    return rows.map((row) => String(row['name']));
  }

  events<Kind extends StoreEvent['kind']>(kind: Kind): readonly Extract<StoreEvent, { kind: Kind }>[] {
    return this.messages.flatMap((message) =>
      message.kind === 'event' && message.event.kind === kind
        ? [message.event as Extract<StoreEvent, { kind: Kind }>]
        : [],
    );
  }

  /** Waits until this many files have been written. */
  async written(count: number): Promise<void> {
    while (this.events('file-written').length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(this.events('file-written').length, count);
  }

  #positions() {
    return { j1: this.#journal?.durablePosition ?? 0 };
  }
}

test('a snapshot writes only new rows, merges small files, and repeats nothing without new rows', async (t) => {
  const harness = await new Harness(t).start();
  const paths: string[][] = [];
  const pins: number[] = [];
  for (const count of [1000, 100, 100, 100, 1, 0]) {
    if (count > 0) await harness.append(spansNamed(Array.from({ length: count }, (_, i) => `${paths.length}.${i}`)));
    const snapshot = await harness.snapshot();
    paths.push(snapshot.paths.map((path) => basename(path)));
    pins.push(snapshot.pin);
    const known = new Set(paths.at(-2));
    assert.deepEqual(
      snapshot.added.map(({ path }) => basename(path)),
      paths.at(-1)?.filter((path) => !known.has(path)),
      'files are described once',
    );
  }
  assert.deepEqual(
    paths.map((list) => list.length),
    [1, 2, 2, 2, 3, 3],
  );
  assert.equal(new Set(paths.map(([first]) => first)).size, 1, 'the large one is written once');
  assert.deepEqual(paths[4], paths[5]);
  const tail = join(harness.directory, 'tail', 'default', 'traces');
  assert.equal(readdirSync(tail).length, new Set(paths.flat()).size, 'pinned files stay');
  for (const pin of pins) harness.release(pin);
  assert.equal(readdirSync(tail).length, 3, 'replaced files are removed with their last reader');
  assert.equal((await harness.names()).length, 1301);
  await harness.request('flush', {});
  assert.equal(readdirSync(tail).length, 0);
  assert.equal((await harness.names()).length, 1301);
});

test('rows are found exactly once before, while and after they are written to files', async (t) => {
  const harness = await new Harness(t, { rowsPerFile: 100 }).start();
  const range = { start: 0n, end: 1n << 62n };
  const question = { services: { ...range, service: undefined }, nearest: range };
  const files = new Map<string, number>();
  let total = 0;
  let divided = 0;
  for (let i = 0; i < 60; i++) {
    const count = 10 + (i % 7);
    total += count;
    await harness.append(
      spansNamed(
        Array.from({ length: count }, (_, k) => `${i}.${k}`),
        'default',
        harness.now,
      ),
    );
    const ask = { tenant: 'default', signal: 'traces', question } as const;
    const { pin, added, pending, reply } = await harness.request('direct', ask);
    for (const { path, rows } of added) files.set(path, rows);
    const ofFiles = [...files.values()].reduce((sum, rows) => sum + rows, 0);
    const ofPending = (reply.services ?? []).reduce((sum, { items }) => sum + items, 0);
    assert.deepEqual([ofFiles + ofPending, pending?.rows ?? 0], [total, ofPending]);
    if ((pending?.parts.length ?? 0) > 1) divided += 1;
    harness.release(pin);
    const { signals } = await harness.request('stats', {});
    assert.equal((signals['traces']?.rows ?? 0) + (signals['traces']?.pendingRows ?? 0), total);
  }
  assert.ok(divided > 0, 'some queries ran while a file was written');
  assert.equal((await harness.names()).length, total);
  await harness.stop();
  await harness.start();
  assert.equal((await harness.names()).length, total);
});

test('writes a file for rows that are pending for too long, however few', async (t) => {
  const harness = await new Harness(t, { maxFileAgeMillis: 40, retryMillis: 10 }).start();
  await harness.append(spansNamed(['one'], 'default', harness.now));
  assert.deepEqual(await harness.names(), ['one']);
  assert.equal(harness.events('file-written').length, 0);
  harness.pass(41);
  while (harness.events('file-written').length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(await harness.names(), ['one']);
});

test('retention by age removes files whose newest row is too old, once they have no readers', async (t) => {
  const harness = await new Harness(t).start();
  await harness.fileOf(['old']);
  harness.pass(4 * DAY);
  await harness.fileOf(['middle']);
  const reader = await harness.snapshot();
  harness.pass(4 * DAY);
  await harness.fileOf(['new']);
  assert.deepEqual(await harness.names(), ['middle', 'new']);
  const [removed] = harness.events('files-removed');
  assert.equal(removed?.reason, 'age');
  assert.deepEqual([removed?.signal, removed?.files, removed?.rows], ['traces', 1, 1]);
  assert.ok(existsSync(reader.paths[0] ?? ''), 'a reader has it');
  harness.release(reader.pin);
  assert.ok(!existsSync(reader.paths[0] ?? ''));
});

test('retention by size removes the oldest files', async (t) => {
  const harness = await new Harness(t).start();
  await harness.fileOf(['a']);
  const { sizeBytes } = await harness.request('stats', {});
  await harness.stop();
  const small = await new Harness(t, { maxBytes: sizeBytes * 2.5 }).start();
  for (const name of ['a', 'b', 'c', 'd']) {
    small.pass(1000);
    await small.fileOf([name]);
  }
  assert.deepEqual(await small.names(), ['c', 'd']);
  assert.deepEqual(
    small.events('files-removed').map(({ reason }) => reason),
    ['size', 'size'],
  );
});

test('a clock that jumps ahead removes nothing, and one that jumps back neither reorders files nor stops the writer', async (t) => {
  const harness = await new Harness(t, { maxFileAgeMillis: 40, retryMillis: 10 }).start();
  await harness.fileOf(['a']);
  for (const [name, jumpMillis] of [
    ['b', 10 * DAY],
    ['c', -10 * DAY],
    ['d', -365 * DAY],
    ['e', 3_600_000],
  ] as const) {
    harness.now += jumpMillis;
    harness.pass(4000);
    await harness.fileOf([name]);
  }
  assert.deepEqual(await harness.names(), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(harness.events('files-removed'), []);
  assert.equal(harness.events('retention-held').length, 1);
  const { paths } = await harness.snapshot();
  assert.deepEqual(paths, paths.toSorted(), 'names sort by the order of writing');
  // A pending row is written when it reaches its maximum age on the monotonic clock.
  const written = harness.events('file-written').length;
  await harness.append(spansNamed(['waiting'], 'default', harness.now));
  await harness.request('stats', {});
  harness.now -= 10 * DAY;
  harness.monotonic += 41;
  while (harness.events('file-written').length === written) await new Promise((resolve) => setTimeout(resolve, 1));
  await harness.stop();
  await harness.start();
  assert.deepEqual((await harness.names()).length, 6);
});

test('retention by size removes the files that were written first, whatever the clock', async (t) => {
  const probe = await new Harness(t).start();
  await probe.fileOf(['a']);
  const { sizeBytes } = await probe.request('stats', {});
  const harness = await new Harness(t, { maxBytes: sizeBytes * 2.5 }).start();
  for (const name of ['a', 'b', 'c', 'd']) {
    harness.now -= 2 * DAY;
    harness.pass(1000);
    await harness.fileOf([name]);
  }
  assert.deepEqual(await harness.names(), ['c', 'd']);
});

test('rows of files that retention removed do not reappear from the journal', async (t) => {
  const harness = await new Harness(t).start();
  await harness.fileOf(['gone']);
  harness.pass(8 * DAY);
  // Another tenant's write triggers retention, so that no file contains this tenant's position.
  await harness.append(spansNamed(['other'], 'other', harness.now));
  await harness.request('flush', {});
  assert.equal(harness.events('files-removed').length, 1);
  assert.ok(existsSync(join(harness.directory, 'positions.json')));
  await harness.stop();
  await harness.start();
  assert.deepEqual((await harness.snapshot()).paths, []);
});

test('a journal may discard records below the oldest pending row of any tenant, and recovery starts there', async (t) => {
  const harness = await new Harness(t, { rowsPerFile: 20 }).start();
  const discards = () => harness.messages.flatMap((message) => (message.kind === 'discard' ? [message.position] : []));
  await harness.append(spansNamed(['waiting'], 'slow', harness.now));
  for (let i = 0; i < 5; i++) {
    await harness.append(
      spansNamed(
        Array.from({ length: 20 }, (_, k) => `${i}.${k}`),
        'default',
        harness.now,
      ),
    );
    await harness.request('stats', {});
  }
  await harness.written(5);
  assert.equal(Math.max(...discards()), 0, 'the slow tenant holds the journal');
  await harness.stop();
  await harness.start();
  assert.equal((await harness.names()).length, 100, 'rows in files are not read again');
  assert.deepEqual(
    harness.events('recovered').map(({ records }) => records),
    [1],
  );
  await harness.request('flush', {});
  assert.ok(Math.max(...discards()) > 5 * 20 * 30, 'with its row in a file the journal is free');
  assert.equal((await harness.names()).length, 100);
});

test('ignores incomplete and foreign files', async (t) => {
  const harness = await new Harness(t).start();
  await harness.fileOf(['mine']);
  await harness.stop();
  const day = join(harness.directory, 'data', 'default', 'traces', 'day');
  mkdirSync(day);
  writeFileSync(join(day, 'torn.parquet.tmp'), 'PAR1');
  writeFileSync(join(day, 'foreign.parquet'), 'not Parquet at all, but long enough');
  await harness.start();
  assert.deepEqual(await harness.names(), ['mine']);
  assert.deepEqual(readdirSync(day), []);
  assert.deepEqual(readdirSync(join(harness.directory, 'damaged')), ['data-default-traces-day-foreign.parquet']);
  assert.match(harness.events('error')[0]?.message ?? '', /foreign\.parquet: damaged, now .*it does not end with PAR1/);
});
