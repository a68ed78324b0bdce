import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyLine } from '@otelier/journal/encryption';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { storageContract } from '@otelier/testkit/storage-contract';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { storageName } from './file_storage/storage-name.ts';
import { fileStorage } from './file_storage.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-file-storage-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newConfig = () => ({ directory: join(root, `storage-${++directories}`), create_directory: true });

extensionContract(fileStorage, { config: newConfig() });
storageContract(fileStorage, newConfig);

const keys = join(root, 'keys');
writeFileSync(keys, createKeyLine('test'), { mode: 0o600 });
storageContract(fileStorage, () => ({ ...newConfig(), encryption: { provider: 'file', path: keys } }));

test('creates the directory with its permissions only when it is told to', async () => {
  const { directory } = newConfig();
  await assert.rejects(
    createComponentBench(fileStorage, { config: { directory } }),
    /directory: expected an existing directory, or create_directory: true, got/,
  );
  const config = { directory, create_directory: true, directory_permissions: '0700' };
  const bench = await createComponentBench(fileStorage, { config });
  await bench.start();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  await bench.close();
  writeFileSync(join(root, 'file'), '');
  await assert.rejects(
    createComponentBench(fileStorage, { config: { directory: join(root, 'file') } }),
    /directory: expected a directory, got the file/,
  );
});

test('accepts every field of the Collector, and warns of those without an effect', async () => {
  const { directory } = newConfig();
  const text = `
receivers: { nop: }
exporters: { nop: }
extensions:
  file_storage:
    directory: ${JSON.stringify(directory)}
    create_directory: true
    directory_permissions: "0750"
    timeout: 1s
    max_size: 268435456
    recreate: true
    fsync: false
    compaction:
      directory: /tmp
      on_start: true
      on_rebound: true
      rebound_needed_threshold_mib: 100
      rebound_trigger_threshold_mib: 10
      max_transaction_size: 65536
      check_interval: 5s
      cleanup_on_start: true
service:
  extensions: [file_storage]
  pipelines: { traces: { receivers: [nop], exporters: [nop] } }
`;
  const loaded = await loadConfig({ sources: [{ name: 'test.yaml', text }], registry, environment: {} });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const warned = loaded.errors.map(({ path }) => path.replace(/^extensions\.file_storage\./, '')).sort();
  assert.deepEqual(warned, [
    'compaction.check_interval',
    'compaction.cleanup_on_start',
    'compaction.directory',
    'compaction.max_transaction_size',
    'compaction.on_rebound',
    'compaction.on_start',
    'compaction.rebound_needed_threshold_mib',
    'compaction.rebound_trigger_threshold_mib',
    'recreate',
  ]);
});

test('names files after their component, whatever characters it contains', () => {
  const exporter = (id: string) => storageName({ kind: 'exporter', id }, 'traces');
  assert.equal(exporter('otlp_grpc'), 'exporter_otlp_grpc_traces');
  assert.equal(exporter('otlp_grpc/a b'), 'exporter_otlp_grpc~002Fa~0020b_traces');
  assert.notEqual(exporter('otlp/~002F'), exporter('otlp//'));
  assert.ok(exporter(`otlp/${'x'.repeat(500)}`).length < 200);
  assert.notEqual(exporter(`otlp/${'x'.repeat(500)}`), exporter(`otlp/${'x'.repeat(501)}`));
});

test('releases the directory when it ends', async () => {
  const config = newConfig();
  for (let run = 0; run < 2; run++) {
    const bench = await createComponentBench(fileStorage, { config });
    await bench.start();
    assert.ok(readdirSync(config.directory).includes('lock.db'));
    await bench.close();
  }
});
