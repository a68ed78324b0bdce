import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { WireWriter } from '@otelier/otlp';
import { restoreStore } from './backup/restore.ts';
import { type Store, type StoreEvent, StoreOpenError } from './contract.ts';
import { openStore } from './open.ts';
import { batchOf, spansNamed } from './write/batches.testing.ts';

/** Runs a test in its own directory and closes all stores that it opened, even on failure. */
async function withTempDirectory(work: (directory: string, open: typeof openStore) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-store-'));
  const opened: Store[] = [];
  try {
    await work(directory, async (options) => {
      const store = await openStore(options);
      opened.push(store);
      return store;
    });
  } finally {
    for (const store of opened) await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function namesIn(store: Store, tenant = 'default'): Promise<readonly string[]> {
  const result = await store.sql?.query({
    tenant,
    statement: 'SELECT name FROM spans ORDER BY name',
    maxRows: 500_000,
  });
  return (result?.rows ?? []).map(([name]) => String(name));
}

const named = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(5, '0')}`);

test('keeps rows that were only in the journal across two restarts', async () => {
  await withTempDirectory(async (directory, open) => {
    const events: StoreEvent[] = [];
    for (let start = 0; start < 3; start++) {
      const store = await open({ directory, onEvent: (event) => events.push(event) });
      await store.append(spansNamed(named(`${start}.`, 50)));
      assert.deepEqual(
        await namesIn(store),
        [...named('0.', 50), ...named('1.', 50), ...named('2.', 50)].slice(0, 50 * (start + 1)),
      );
      await store.close();
      await store.close();
    }
    const recovered = events.flatMap((event) => (event.kind === 'recovered' ? [event.records] : []));
    assert.deepEqual(recovered, [1, 2]);
  });
});

test('queries during appends see every row acknowledged before, each once', async () => {
  await withTempDirectory(async (directory, open) => {
    const store = await open({ directory, rowsPerFile: 2000 });
    let acknowledged = 0;
    let queries = 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; queries < 6 || i < 60; i++) {
        assert.equal((await store.append(spansNamed(named(`${writer}.${i}.`, 10)))).kind, 'accepted');
        acknowledged += 10;
      }
    });
    for (; queries < 6; queries++) {
      const before = acknowledged;
      const names = await namesIn(store);
      assert.ok(names.length >= before, `${names.length} rows seen, ${before} acknowledged before the query`);
      assert.equal(new Set(names).size, names.length, 'no row twice');
    }
    await Promise.all(writers);
    assert.equal((await namesIn(store)).length, acknowledged);
    const { signals } = await store.stats();
    assert.ok((signals['traces']?.files ?? 0) >= 1, 'files were written meanwhile');
    await store.close();
  });
});

test('tenants see only their own rows, whatever their names', async () => {
  await withTempDirectory(async (directory, open) => {
    const store = await open({ directory });
    const tenants = ['default', '../default', '..', '', 'a/b', 'ünï', 'UPPER', 'upper'];
    for (const tenant of tenants) await store.append(spansNamed([`of ${tenant}`], tenant));
    for (const tenant of tenants) assert.deepEqual(await namesIn(store, tenant), [`of ${tenant}`]);
    await store.flush();
    for (const tenant of tenants) assert.deepEqual(await namesIn(store, tenant), [`of ${tenant}`]);
    assert.deepEqual(readdirSync(directory).sort(), [
      'data',
      'journal',
      'lock',
      'lock.db',
      'reading.json',
      'retention.json',
      'store.json',
      'tail',
    ]);
    assert.equal(readdirSync(join(directory, 'data')).length, tenants.length);
    assert.equal((await store.append(spansNamed(['x'], 'x'.repeat(300)))).kind, 'refused');
    await store.close();
  });
});

test('rejects a directory that another process has open, until that process exits', async () => {
  await withTempDirectory(async (directory, open) => {
    const store = await open({ directory });
    await assert.rejects(open({ directory }), StoreOpenError);
    const script = `import { openStore } from ${JSON.stringify(import.meta.resolve('./open.ts'))};
      await openStore({ directory: ${JSON.stringify(directory)} }).then((store) => store.close(), (error) => console.log(error.name, error.message));`;
    const inOtherProcess = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    assert.match(
      (await inOtherProcess()).stdout,
      new RegExp(`^StoreOpenError .*process ${process.pid} on host \\S+ since \\S+ has it open`),
    );
    await store.close();
    assert.equal((await inOtherProcess()).stdout, '');
  });
});

test('takes over the lock of a dead process', async () => {
  await withTempDirectory(async (directory, open) => {
    // This process's PID with a different start time, as if the PID had been reused.
    for (const owner of [
      { pid: 2 ** 22 + 1, started: '1' },
      { pid: process.ppid, started: '1' },
      { pid: process.pid, started: '1' },
    ]) {
      await writeFile(join(directory, 'lock'), JSON.stringify(owner));
      await (await open({ directory })).close();
    }
    await writeFile(join(directory, 'lock'), '');
    await (await open({ directory })).close();
  });
});

test('rejects a store of a newer version without changing it', async () => {
  await withTempDirectory(async (directory, open) => {
    const store = await open({ directory });
    await store.append(spansNamed(['kept']));
    await store.close();
    await writeFile(join(directory, 'store.json'), '{"version":1000}');
    const before = contents(directory);
    await assert.rejects(open({ directory }), (error: Error) => {
      assert.ok(error instanceof StoreOpenError);
      assert.match(
        error.message,
        /expected a store of version 1 or older, got version 1000, written by a newer otelier/,
      );
      return true;
    });
    assert.deepEqual(contents(directory), before);
  });
});

test('rejects a path that is not a directory', async () => {
  await withTempDirectory(async (directory, open) => {
    await writeFile(join(directory, 'file'), '');
    await assert.rejects(open({ directory: join(directory, 'file') }), StoreOpenError);
    await assert.rejects(open({ directory: join(directory, 'file', 'below') }), StoreOpenError);
  });
});

function contents(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'base64')]),
  );
}

test('appends are retryable while files cannot be written, queries work, and no row is lost', async () => {
  await withTempDirectory(async (directory, open) => {
    const events: StoreEvent[] = [];
    const store = await open({ directory, onEvent: (event) => events.push(event) });
    await store.append(spansNamed(['first']));
    // A file at the path of the tenant's directory makes every write fail, like a full disk.
    await writeFile(join(directory, 'data', 'default'), '');
    await assert.rejects(store.flush(), /files cannot be written/);
    const outcome = await store.append(spansNamed(['second']));
    assert.equal(outcome.kind, 'retry');
    assert.ok(outcome.kind === 'retry' && outcome.afterMillis !== undefined && outcome.afterMillis > 0);
    assert.equal(events.filter((event) => event.kind === 'error').length, 1);
    rmSync(join(directory, 'data', 'default'));
    assert.deepEqual(await namesIn(store), ['first']);
    await store.flush();
    assert.equal((await store.append(spansNamed(['second']))).kind, 'accepted');
    assert.deepEqual(await namesIn(store), ['first', 'second']);
    await store.close();
  });
});

test('sets an unreadable batch aside, reports it, and stores the batches around it', async () => {
  await withTempDirectory(async (directory, open) => {
    const events: StoreEvent[] = [];
    const store = await open({ directory, onEvent: (event) => events.push(event) });
    const cut = spansNamed(['cut']).parts[0]?.slice(0, -5) ?? new Uint8Array(0);
    await store.append(spansNamed(['before']));
    await store.append(batchOf('traces', cut, 1));
    await store.append(spansNamed(['behind']));
    assert.deepEqual(await namesIn(store), ['before', 'behind']);
    const [event] = events.filter((candidate) => candidate.kind === 'error');
    assert.match(
      event?.kind === 'error' ? event.message : '',
      /the batch at position \d+ of journal .* cannot be stored \(kept in /,
    );
    const [kept = ''] = readdirSync(join(directory, 'rejected'));
    assert.ok(readFileSync(join(directory, 'rejected', kept)).includes(Buffer.from(cut)));
    await store.close();
  });
});

test('rejects batches that cannot be encoded, and continues', async () => {
  await withTempDirectory(async (directory, open) => {
    const events: StoreEvent[] = [];
    const store = await open({ directory, onEvent: (event) => events.push(event) });
    const batch = spansNamed(['a']);
    const arrivalMillis = 1n as unknown as number;
    for (const broken of [
      { ...batch, context: { ...batch.context, arrivalMillis } },
      { ...batch, itemCount: 2 ** 40 },
      { ...batch, parts: [undefined as unknown as Uint8Array] },
    ]) {
      const outcome = await store.append(broken);
      assert.match(
        outcome.kind === 'refused' ? outcome.reason : outcome.kind,
        /^cannot encode the batch for the journal: /,
      );
    }
    await store.append(batch);
    assert.deepEqual(await namesIn(store), ['a']);
    assert.deepEqual(events, []);
    assert.deepEqual(store.health(), { kind: 'ok' });
    await store.close();
  });
});

test('a backup during appends restores as a store with all rows acknowledged before', async () => {
  await withTempDirectory(async (directory, open) => {
    const store = await open({ directory: join(directory, 'store'), rowsPerFile: 300 });
    await store.append(spansNamed(named('in files ', 900)));
    await store.flush();
    await store.append(spansNamed(named('waiting ', 50)));
    await store.append(batchOf('logs', logRequest(), 1, 'other'));
    const target = join(directory, 'backup');
    const [result] = await Promise.all([store.backup(target), store.append(spansNamed(['later']))]);
    assert.deepEqual(result.damaged, []);
    await store.close();

    await restoreStore(target, join(directory, 'restored'));
    const copy = await open({ directory: join(directory, 'restored') });
    const names = (await namesIn(copy)).filter((name) => name !== 'later');
    assert.deepEqual(names, [...named('in files ', 900), ...named('waiting ', 50)]);
    const logs = await copy.sql?.query({ tenant: 'other', statement: 'SELECT body FROM logs' });
    assert.deepEqual(logs?.rows, [['hello']]);
    await copy.append(spansNamed(['new']));
    assert.ok((await namesIn(copy)).includes('new'));
    await copy.close();
  });
});

function logRequest(): Uint8Array {
  const request = new WireWriter();
  request.message(1, (outer) =>
    outer.message(2, (scope) =>
      scope.message(2, (record) => record.message(5, (body) => body.stringField(1, 'hello'))),
    ),
  );
  return request.finish();
}

test('reads the journal of an earlier run to its end and removes it', async () => {
  await withTempDirectory(async (directory, open) => {
    const first = await open({ directory });
    await first.append(spansNamed(['old']));
    await first.close();
    const [old = ''] = readdirSync(join(directory, 'journal'));
    await mkdir(join(directory, 'journal', `${old}-newer`));
    const store = await open({ directory });
    await store.append(spansNamed(['new']));
    assert.deepEqual(await namesIn(store), ['new', 'old']);
    await store.flush();
    await store.close();
    const again = await open({ directory });
    assert.deepEqual(await namesIn(again), ['new', 'old']);
    await again.close();
    assert.deepEqual(readdirSync(join(directory, 'journal')), [`${old}-newer`]);
  });
});
