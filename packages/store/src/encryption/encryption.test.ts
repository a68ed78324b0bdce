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

async function counts(store: Pick<Store, 'sql' | 'services' | 'searchTraces' | 'searchLogs'>) {
  const sql = await store.sql?.query({ tenant: 'default', statement: 'SELECT count(*) AS n FROM spans' });
  const { traces } = await store.searchTraces({ ...RANGE, conditions: [], limit: 100, orderBy: 'time' });
  const logs = await store.searchLogs({ ...RANGE, conditions: [], limit: 100, order: 'newest' });
  return { spans: sql?.rows[0]?.[0], traces: traces.length, logs: logs.length };
}

test('an encrypted store has what a plain one has, in files, in the journal and after a restart', async () => {
  const results = [];
  for (const options of [{}, { encryption }]) {
    const directory = join(root, `equal-${'encryption' in options}`);
    const store = await openStore({ directory, ...NEVER, ...options });
    await store.append(sampleBatch('traces', 40));
    await store.append(sampleBatch('logs', 30));
    await store.flush();
    await store.append(sampleBatch('traces', 7));
    await store.append(sampleBatch('logs', 5));
    const before = await counts(store);
    const exported = [];
    for await (const part of store.export({ tenant: 'default', signal: 'traces' })) {
      exported.push(Buffer.from(part).toString('base64'));
    }
    await store.close();
    const again = await openStoreReadOnly(directory, 'encryption' in options ? encryption : undefined);
    assert.deepEqual(await counts(again), before);
    await again.close();
    results.push({ before, exported });
  }
  assert.deepEqual(results[1], results[0]);
  assert.equal(results[0]?.before.logs, 35);
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
  const found_: Record<string, readonly string[]> = {};
  for (const options of [{}, { encryption }]) {
    const directory = join(root, `secrets-${'encryption' in options}`);
    const store = await openStore({ directory, ...NEVER, ...options });
    for (const tenant of ['default', 'acme']) for (const batch of secretBatches(tenant)) await store.append(batch);
    const where: string[] = [...found(directory)];
    // A snapshot of pending rows is a file in tail/.
    await store.sql?.query({ tenant: 'acme', statement: 'SELECT count(*) FROM spans' });
    assert.ok(files(directory).some((name) => name.startsWith('tail')));
    where.push(...found(directory));
    await store.flush();
    where.push(...found(directory));
    for (const batch of secretBatches('acme')) await store.append(batch);
    await store.backup(`${directory}-backup`);
    where.push(...found(directory), ...found(`${directory}-backup`));
    await store.close();
    found_[String('encryption' in options)] = where;
  }
  assert.ok((found_['false']?.length ?? 0) > 20);
  assert.deepEqual(found_['true'], []);
});

test('a backup of an encrypted store is encrypted, verified and restored', async () => {
  const directory = join(root, 'backed-up');
  const store = await openStore({ directory, ...NEVER, encryption });
  await store.append(sampleBatch('traces', 20));
  await store.flush();
  await store.append(sampleBatch('logs', 4));
  const before = await counts(store);
  const backup = join(root, 'backed-up-backup');
  assert.deepEqual((await store.backup(backup)).damaged, []);
  await store.close();
  const restored = join(root, 'backed-up-restored');
  await assert.rejects(
    verifyStore(backup, () => undefined),
    /the store is encrypted/,
  );
  await assert.rejects(backupStore(directory, join(root, 'none')), /the store is encrypted/);
  await restoreStore(backup, restored);
  for (const one of [directory, backup, restored]) {
    const findings: StoreFinding[] = [];
    const {
      files: checked,
      rows,
      records,
    } = await verifyStore(one, (finding) => findings.push(finding), undefined, encryption);
    assert.deepEqual([findings, checked, rows, records], [[], 1, 20, 1]);
  }
  const again = await openStoreReadOnly(restored, encryption);
  assert.deepEqual(await counts(again), before);
  await again.close();
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
  const { rows } = (await store.sql?.query({ tenant: 'default', statement: 'SELECT count(*) FROM spans' })) ?? {};
  assert.deepEqual(rows, [[18]]);
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
  const { rows } = (await store.sql?.query({ tenant: 'umbra', statement: 'SELECT count(*) FROM logs' })) ?? {};
  assert.deepEqual(rows, [[1]]);
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
