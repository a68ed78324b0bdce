import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { decodeRequest } from '@otelier/testkit/request-codec';
import type { Store, StoreEvent } from './contract.ts';
import { openStore } from './open.ts';
import { spansNamed } from './write/batches.testing.ts';

const OPTIONS = { segmentBytes: 4096, rowsPerFile: 100_000 };

/** A store directory that is repeatedly opened and closed, with the errors reported meanwhile. */
class Bench {
  readonly directory: string;
  readonly errors: string[] = [];
  readonly #opened: Store[] = [];

  constructor(t: { after(end: () => Promise<void>): void }) {
    this.directory = mkdtempSync(join(tmpdir(), 'otelier-recovery-'));
    t.after(async () => {
      for (const store of this.#opened) await store.close();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  async open(): Promise<Store> {
    const onEvent = (event: StoreEvent) => {
      if (event.kind === 'error') this.errors.push(event.message);
    };
    const store = await openStore({ directory: this.directory, ...OPTIONS, onEvent });
    this.#opened.push(store);
    return store;
  }

  /** Opens the store, runs `work`, and closes it. */
  async run(work: (store: Store) => Promise<void>): Promise<void> {
    const store = await this.open();
    await work(store);
    await store.close();
  }

  files(below: string, suffix: string): string[] {
    return readdirSync(join(this.directory, below), { recursive: true })
      .map((name) => join(this.directory, below, String(name)))
      .filter((path) => path.endsWith(suffix))
      .sort();
  }
}

const named = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

async function append(store: Store, names: readonly string[]): Promise<void> {
  const outcomes = await Promise.all(names.map((name) => store.append(spansNamed([name]))));
  for (const { kind } of outcomes) assert.equal(kind, 'accepted');
}

async function namesIn(store: Store): Promise<readonly string[]> {
  const parts = await Array.fromAsync(store.export({ tenant: 'default', signal: 'traces' }));
  return parts
    .flatMap((part) => decodeRequest('traces', part).resourceSpans ?? [])
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans.map(({ name = '' }) => name)));
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const offset = at < 0 ? bytes.length + at : at;
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x20;
  writeFileSync(path, bytes);
}

/** Checks that everything acknowledged after the damage is stored exactly once, including after another restart. */
async function checkStores(bench: Bench, checkOld: (names: readonly string[]) => void): Promise<void> {
  await bench.run(async (store) => {
    await append(store, named('new', 50));
    await store.flush();
  });
  await bench.run(async (store) => {
    const names = await namesIn(store);
    assert.equal(new Set(names).size, names.length, 'no span twice');
    for (const name of named('new', 50)) assert.ok(names.includes(name), `${name} was acknowledged`);
    checkOld(names.filter((name) => !name.startsWith('new')));
  });
}

test('stores spans acknowledged after a flipped byte of the last segment, and keeps those after the byte', async (t) => {
  const bench = new Bench(t);
  await bench.run(async (store) => {
    await append(store, named('filed', 10));
    await store.flush();
    await append(store, named('old', 20));
  });
  flip(bench.files('journal', '.journal').at(-1) ?? '', -1500);
  await checkStores(bench, (names) => assert.equal(names.length, 29, `${names}`));
  assert.equal(bench.errors.length, 1);
  assert.match(
    bench.errors[0] ?? '',
    /^journal \S+: \d+ bytes from position \d+ to \d+ are lost .*\.journal: the record at/,
  );
});

test('stores spans acknowledged after a live copy that copied the journal before data/', async (t) => {
  const bench = new Bench(t);
  const store = await bench.open();
  await append(store, named('first', 20));
  await store.flush();
  const copy = new Bench(t);
  cpSync(join(bench.directory, 'journal'), join(copy.directory, 'journal'), { recursive: true });
  await append(store, named('second', 60));
  await store.flush();
  for (const name of ['data', 'store.json'])
    cpSync(join(bench.directory, name), join(copy.directory, name), { recursive: true });
  await store.close();
  await checkStores(copy, (names) => assert.equal(names.length, 80));
  assert.equal(copy.errors.length, 1);
  assert.match(copy.errors[0] ?? '', /ends at position \d+, but files of data\/ hold records up to position \d+/);
  assert.equal(readdirSync(join(copy.directory, 'journal')).length, 1, 'the old journal is read and removed');
});

/**
 * A closed store with three files, of which the journal contains at most the last rows, and with later rows in several
 * segments.
 */
const original = new Bench({ after });
before(() =>
  original.run(async (store) => {
    for (let file = 0; file < 3; file++) {
      await append(store, named(`file${file}.`, 30));
      await store.flush();
    }
    await append(store, named('old', 80));
  }),
);

/** Returns a copy of the original, to damage. */
function storeWithEverything(t: TestContext): Bench {
  const bench = new Bench(t);
  cpSync(original.directory, bench.directory, { recursive: true, preserveTimestamps: true });
  return bench;
}

const first = (paths: readonly string[]) => paths[0] ?? '';
const last = (paths: readonly string[]) => paths.at(-1) ?? '';

/** For each kind of damage, how many of the 170 spans must remain, and the reported error. */
const DAMAGES: Readonly<
  Record<string, { readonly do: (bench: Bench) => void; readonly kept: number; readonly error: RegExp }>
> = {
  'the newest Parquet file is missing': {
    do: (bench) => rmSync(last(bench.files('data', '.parquet'))),
    kept: 140,
    error: /are lost with their records: records are missing at its beginning/,
  },
  'a Parquet file in the middle is missing': {
    do: (bench) => rmSync(bench.files('data', '.parquet')[1] ?? ''),
    kept: 140,
    error: /data: a file is missing that another program removed, by number 2;/,
  },
  'the newest Parquet file is truncated': {
    do: (bench) => truncateSync(last(bench.files('data', '.parquet')), 500),
    kept: 140,
    error: /\.parquet: damaged, now .*damaged\/data-default-traces-\S+ \(500 bytes\): .* its rows are lost/,
  },
  'a Parquet file is empty': {
    do: (bench) => truncateSync(first(bench.files('data', '.parquet')), 0),
    kept: 140,
    error: /\.parquet: damaged, now /,
  },
  'a Parquet file is there twice': {
    do: (bench) => cpSync(first(bench.files('data', '.parquet')), join(bench.directory, 'data', 'copy.parquet')),
    kept: 170,
    error: /: damaged, now .*it is a copy of .*; nothing is lost/,
  },
  'the oldest segment is missing': {
    do: (bench) => rmSync(first(bench.files('journal', '.journal'))),
    kept: 90,
    error: /records are missing at its beginning/,
  },
  'a closed segment is short': {
    do: (bench) => truncateSync(bench.files('journal', '.journal')[1] ?? '', 1000),
    kept: 90,
    error: /bytes from position \d+ to \d+ are lost/,
  },
  'the last segment is empty': {
    do: (bench) => truncateSync(last(bench.files('journal', '.journal')), 0),
    kept: 90,
    error: /expected a journal segment, got another file/,
  },
  'a directory is in place of a Parquet file': {
    do: (bench) => {
      rmSync(last(bench.files('data', '.parquet')));
      mkdirSync(join(bench.directory, 'data', 'x.parquet'));
    },
    kept: 140,
    error: /expected a file, found a directory/,
  },
  'store.json is empty': {
    do: (bench) => truncateSync(join(bench.directory, 'store.json'), 0),
    kept: 170,
    error: /store\.json: damaged, now .*expected JSON/,
  },
  ...Object.fromEntries(
    ['', '{}', '{"written":{},"resume":{"j":-1}}', '{"written":{"a":1},"resume":{}}'].map((text) => [
      `positions.json is ${JSON.stringify(text)}`,
      {
        do: (bench: Bench) => writeFileSync(join(bench.directory, 'positions.json'), text),
        kept: 170,
        error: /positions\.json: damaged, now .*damaged\/positions\.json/,
      },
    ]),
  ),
};

for (const [what, { do: damage, kept, error }] of Object.entries(DAMAGES)) {
  test(`the store continues and reports when ${what}`, async (t) => {
    const bench = storeWithEverything(t);
    damage(bench);
    await checkStores(bench, (names) =>
      assert.ok(names.length >= kept && names.length <= 170, `${names.length} of 170`),
    );
    assert.ok(
      bench.errors.some((message) => error.test(message)),
      bench.errors.join('\n'),
    );
    const reported = bench.errors.length;
    await bench.run(async (store) => {
      await namesIn(store);
    });
    assert.equal(bench.errors.length, reported, `reported once: ${bench.errors.slice(reported)}`);
  });
}

test('leaves files of a newer version and of other programs unchanged', async (t) => {
  const bench = storeWithEverything(t);
  writeFileSync(join(bench.directory, 'data', 'notes.txt'), 'mine');
  writeFileSync(join(bench.directory, 'journal', 'notes.txt'), 'mine');
  await checkStores(bench, (names) => assert.equal(names.length, 170));
  assert.deepEqual(bench.errors, []);
  assert.equal(readFileSync(join(bench.directory, 'data', 'notes.txt'), 'utf8'), 'mine');
});
