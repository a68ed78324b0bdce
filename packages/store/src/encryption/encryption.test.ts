import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyLine, fileProvider } from '@otelier/journal/encryption';
import type { Batch } from '@otelier/otlp';
import { batchOf } from '@otelier/testkit/request-codec';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { backupStore } from '../backup/backup.ts';
import { restoreStore } from '../backup/restore.ts';
import type { Store, StoreEvent } from '../contract.ts';
import { openStore } from '../open.ts';
import { openStoreReadOnly } from '../open-read-only.ts';
import type { StoreFinding } from '../verification.ts';
import { verifyStore } from '../verify.ts';
import { openKeys } from './open-encryption.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-encryption-'));
after(() => rmSync(root, { recursive: true, force: true }));

const keyFile = join(root, 'key-file');
writeFileSync(keyFile, `${createKeyLine('first')}\n`, { mode: 0o600 });
const encryption = { provider: fileProvider(keyFile) };
const NEVER = { retentionMillis: Number.MAX_SAFE_INTEGER };
const RANGE = { tenant: 'default', start: 0n, end: 2n ** 62n };

/** Counts what searches find, which read encrypted files without the SQL engine. */
async function counts(store: Pick<Store, 'searchTraces' | 'searchLogs'>) {
  const { traces } = await store.searchTraces({ ...RANGE, conditions: [], limit: 100, orderBy: 'time' });
  const logs = await store.searchLogs({ ...RANGE, conditions: [], limit: 100, order: 'newest' });
  return { spans: traces.reduce((sum, { spanCount }) => sum + spanCount, 0), logs: logs.length };
}

/** Counts with the SQL engine, which reads copies in memory. */
async function countBySql({ sql }: Pick<Store, 'sql'>, table: string, tenant = 'default') {
  const result = await sql?.query({ tenant, statement: `SELECT count(*) AS n FROM ${table}` });
  return result?.rows[0]?.[0];
}

test('an encrypted store is read in files and in the journal, backed up, verified and restored', async () => {
  const directory = join(root, 'read');
  const store = await openStore({ directory, ...NEVER, encryption });
  const traces = sampleBatch('traces', 40);
  await store.append(traces);
  await store.append(sampleBatch('logs', 30));
  await store.flush();
  const [exported] = await Array.fromAsync(store.export({ tenant: 'default', signal: 'traces' }));
  assert.deepEqual(Buffer.from(exported ?? []), Buffer.from(traces.parts[0] ?? []));
  await store.append(sampleBatch('traces', 7));
  await store.append(sampleBatch('logs', 5));
  const before = await counts(store);
  assert.deepEqual(before, { spans: 47, logs: 35 });
  const backup = join(root, 'read-backup');
  assert.deepEqual((await store.backup(backup)).damaged, []);
  await store.close();
  const restored = join(root, 'read-restored');
  await assert.rejects(
    verifyStore(backup, () => undefined),
    /the store is encrypted/,
  );
  await assert.rejects(backupStore(directory, join(root, 'none')), /the store is encrypted/);
  await restoreStore(backup, restored);
  for (const one of [directory, backup, restored]) {
    const findings: StoreFinding[] = [];
    const verified = await verifyStore(one, (finding) => findings.push(finding), undefined, encryption);
    assert.deepEqual([findings, verified.files, verified.rows, verified.records], [[], 2, 70, 2]);
  }
  const again = await openStoreReadOnly(restored, encryption);
  assert.deepEqual(await counts(again), before);
  assert.deepEqual([await countBySql(again, 'spans'), await countBySql(again, 'logs')], [47, 35]);
  await again.close();
});

/** Values that must be nowhere in the files of an encrypted store. */
const SECRETS = ['4111111111111111', 'hunter2-hunter2', 'anna@example.com', 'checkout-secret-route'];

function secretBatches(tenant: string): Batch[] {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: SECRETS[3] } }] };
  const attributes = SECRETS.map((stringValue, index) => ({ key: `${stringValue}-${index}`, value: { stringValue } }));
  const time = '1700000000000000000';
  const span = {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    name: SECRETS[3],
    startTimeUnixNano: time,
    attributes,
  };
  const point = { timeUnixNano: time, asInt: 1, attributes };
  const batches = [
    batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    batchOf('logs', {
      resourceLogs: [
        {
          resource,
          scopeLogs: [{ logRecords: [{ timeUnixNano: time, body: { stringValue: SECRETS[1] }, attributes }] }],
        },
      ],
    }),
    batchOf('metrics', {
      resourceMetrics: [
        { resource, scopeMetrics: [{ metrics: [{ name: SECRETS[3], gauge: { dataPoints: [point] } }] }] },
      ],
    }),
  ];
  return batches.map((batch) => ({ ...batch, context: { ...batch.context, tenant } }));
}

/** Returns what of the secrets files below a directory contain, as they are and in other encodings. */
function found(directory: string): readonly string[] {
  const wanted = SECRETS.flatMap((text) => {
    const bytes = Buffer.from(text);
    return [
      text,
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, -4),
      Buffer.from(text, 'utf16le').toString('latin1'),
    ];
  });
  return files(directory).flatMap((name) => {
    const bytes = contentsOf(join(directory, name));
    // A Parquet file, whose pages are compressed, must not be recognizable either.
    const marks = name.endsWith('.parquet') ? ['PAR1', 'otelier.', 'zstd', 'trace_id'] : [];
    return [...wanted, ...marks].filter((text) => bytes.includes(text, 0, 'latin1')).map((text) => `${name}: ${text}`);
  });
}

function contentsOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function files(directory: string): readonly string[] {
  // Snapshots of pending rows come and go meanwhile.
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name), { throwIfNoEntry: false })?.isFile(),
  );
}

test('planted secrets are in no file: journal, snapshots, files, rejected records and backup', async () => {
  const where: Record<string, readonly string[]> = {};
  for (const options of [{}, { encryption }]) {
    const isEncrypted = 'encryption' in options;
    const directory = join(root, `secrets-${isEncrypted}`);
    const store = await openStore({ directory, ...NEVER, ...options });
    for (const tenant of ['default', 'acme']) for (const batch of secretBatches(tenant)) await store.append(batch);
    const paths: string[] = [...found(directory)];
    if (isEncrypted) {
      // A snapshot of pending rows is a file in tail/.
      await countBySql(store, 'spans', 'acme');
      assert.ok(files(directory).some((name) => name.startsWith('tail')));
      paths.push(...found(directory));
    }
    await store.flush();
    if (isEncrypted) {
      for (const batch of secretBatches('acme')) await store.append(batch);
      await store.backup(`${directory}-backup`);
      paths.push(...found(`${directory}-backup`));
    }
    paths.push(...found(directory));
    await store.close();
    where[String(isEncrypted)] = paths;
  }
  assert.ok((where['false']?.length ?? 0) > 20);
  assert.deepEqual(where['true'], []);
});

test('a store without its keys, or with others, is refused by the name of the key and nothing changes', async () => {
  const directory = join(root, 'refused');
  const store = await openStore({ directory, ...NEVER, encryption });
  await store.append(sampleBatch('traces', 5));
  await store.flush();
  await store.append(sampleBatch('traces', 5));
  await store.close();
  const before = files(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')]);
  const unchanged = () => {
    const now = files(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')]);
    assert.deepEqual(now, before);
  };
  await assert.rejects(openStore({ directory, ...NEVER }), {
    name: 'StoreOpenError',
    message: /refused: the store is encrypted: expected exporters\.store\.encryption.*nothing was changed/,
  });
  unchanged();
  await assert.rejects(openStoreReadOnly(directory), /the store is encrypted/);
  const other = join(root, 'other-key-file');
  writeFileSync(other, createKeyLine('first'), { mode: 0o600 });
  const message =
    /refused\/keys: the data key [0-9a-f]{32} of tenant default cannot be decrypted with the key "first" of file/;
  await assert.rejects(openStore({ directory, ...NEVER, encryption: { provider: fileProvider(other) } }), {
    name: 'StoreOpenError',
    message,
  });
  unchanged();
  // A data key that is lost: what it encrypted stays where it is.
  const keys = join(root, 'refused-keys');
  cpSync(join(directory, 'keys'), keys, { recursive: true });
  rmSync(join(directory, 'keys'), { recursive: true });
  const events: string[] = [];
  const onEvent = (event: StoreEvent) => {
    if (event.kind === 'error') events.push(event.message);
  };
  const without = await openStore({ directory, ...NEVER, encryption, onEvent });
  await without.flush();
  await without.close();
  assert.ok(
    events.some((event) => /\.parquet: left alone: expected the data key [0-9a-f]{32}, which is missing/.test(event)),
  );
  assert.ok(
    events.some((event) => /cannot be stored \(kept in .*\.record\): .*expected the data key/.test(event)),
    events.join('\n'),
  );
  assert.equal(files(directory).filter((name) => name.endsWith('.parquet')).length, 1);
});

test('encryption is switched on for a plain store, whose files stay readable', async () => {
  const directory = join(root, 'switched');
  const plain = await openStore({ directory, ...NEVER });
  await plain.append(sampleBatch('traces', 10));
  await plain.flush();
  await plain.append(sampleBatch('traces', 5));
  await plain.close();
  const store = await openStore({ directory, ...NEVER, encryption });
  await store.append(sampleBatch('traces', 3));
  assert.equal((await counts(store)).spans, 18);
  await store.flush();
  await store.close();
  assert.equal(JSON.parse(readFileSync(join(directory, 'store.json'), 'utf8')).version, 1001);
  const parquet = files(directory).filter((name) => name.endsWith('.parquet'));
  const starts = parquet.map((name) => readFileSync(join(directory, name)).toString('latin1', 0, 8));
  assert.deepEqual(starts.map((start) => (start === 'otelierE' ? start : start.slice(0, 4))).sort(), [
    'PAR1',
    'otelierE',
  ]);
});

test('rotated keys encrypt what follows, and what was before stays readable', async () => {
  const directory = join(root, 'rotated');
  const store = await openStore({ directory, ...NEVER, encryption });
  await store.append(sampleBatch('traces', 4));
  await store.flush();
  writeFileSync(join(directory, 'keys', 'rotate'), '');
  const isRotated = () => !existsSync(join(directory, 'keys', 'rotate'));
  while (!isRotated()) await new Promise((resolve) => setTimeout(resolve, 5));
  await store.append(sampleBatch('traces', 3));
  await store.flush();
  assert.equal((await counts(store)).spans, 7);
  const ids = files(directory)
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => readFileSync(join(directory, name)).toString('hex', 16, 32));
  assert.equal(new Set(ids).size, 2);
  await store.close();
});

test('the keys of a removed tenant are destroyed, and a copy of its files cannot be read', async () => {
  const directory = join(root, 'removed');
  const store = await openStore({ directory, ...NEVER, encryption });
  for (const tenant of ['acme', 'umbra']) for (const batch of secretBatches(tenant)) await store.append(batch);
  await store.flush();
  const copy = join(root, 'removed-copy');
  cpSync(join(directory, 'data'), copy, { recursive: true });
  const { keys = [] } = (await store.tenants?.remove('acme')) ?? {};
  assert.deepEqual(keys.length, 1);
  assert.deepEqual(files(join(directory, 'keys')), ['umbra.keys', 'umbra.keys.copy']);
  const logs = await store.searchLogs({ ...RANGE, tenant: 'umbra', conditions: [], limit: 10, order: 'newest' });
  assert.equal(logs.length, 1);
  await store.close();
  const opener = (await openKeys(directory, encryption, () => undefined, true)).files;
  for (const name of files(copy)) {
    const read = () => opener.open(join(copy, name)).close();
    if (name.startsWith('acme')) assert.throws(read, new RegExp(`expected the data key ${keys[0]}, which is missing`));
    else read();
  }
});

test('changed bytes of an encrypted file are found, and the rest of the store works', async () => {
  const directory = join(root, 'changed');
  const store = await openStore({ directory, ...NEVER, encryption });
  for (let i = 0; i < 2; i++) {
    await store.append(sampleBatch('traces', 50));
    await store.flush();
  }
  await store.close();
  const [name = ''] = files(directory).filter((one) => one.endsWith('.parquet'));
  const path = join(directory, name);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const findings: StoreFinding[] = [];
  await verifyStore(directory, (finding) => findings.push(finding), undefined, encryption);
  assert.deepEqual(
    findings.map(({ kind, path: where }) => [kind, where]),
    [['damaged', name]],
  );
  assert.match(findings[0]?.message ?? '', /block 0 differs from its tag, key [0-9a-f]{32}/);
  const again = await openStore({ directory, ...NEVER, encryption });
  assert.equal((await counts(again)).spans, 50);
  await again.close();
});
