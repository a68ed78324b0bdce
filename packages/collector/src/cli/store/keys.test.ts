import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '@otelier/store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { storeEncryption } from '../../component/encryption/encryption-config.ts';
import { exportCommand } from '../export.ts';
import { printed, whileRunning, withTempDirectory } from '../otelier.testing.ts';
import { queryCommand } from '../query.ts';
import { storeBackupCommand, storeRestoreCommand } from './backup.ts';
import { createKeyCommand, rotateKeysCommand } from './keys.ts';
import { storeVerifyCommand } from './verify.ts';

const QUERY = { format: 'json', url: '' } as const;

async function createKeyFile(directory: string, id?: string): Promise<string> {
  const { stdout } = await printed(async (console) => createKeyCommand(id === undefined ? {} : { id }, console));
  const path = join(directory, 'keys');
  writeFileSync(path, stdout, { mode: 0o600, flag: 'a' });
  return path;
}

function dataKeyIds(data: string): readonly string[] {
  return JSON.parse(readFileSync(join(data, 'keys', 'default.keys'), 'utf8').split('\n')[0] ?? '').keys.map(
    ({ id }: { readonly id: string }) => id,
  );
}

test('commands read, verify, back up and rotate an encrypted store with OTELIER_ENCRYPTION', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    const path = await createKeyFile(directory, 'first');
    const environment = { OTELIER_ENCRYPTION: `{provider: file, path: '${path}'}` };
    const encryption = await storeEncryption({ provider: 'file', path }, {});
    const store = await openStore({ directory: data, retentionMillis: Number.MAX_SAFE_INTEGER, encryption });
    await store.append(sampleBatch('traces', 3));
    await store.flush();
    await store.close();

    await createKeyFile(directory, 'second');
    const rotated = await printed((console) => rotateKeysCommand({ data }, console), environment);
    assert.equal(rotated.stdout, 'new data keys for 1 tenants; all data keys are encrypted with "second"\n');
    assert.equal(dataKeyIds(data).length, 2);

    const counted = 'select count(*) as n from spans';
    const verified = await printed((console) => storeVerifyCommand({ data }, console), environment);
    assert.match(verified.stdout, /^no damage: checked 1 files with 3 rows/);
    const [backup, restored] = [join(directory, 'backup'), join(directory, 'restored')];
    await printed((console) => storeBackupCommand(backup, { data }, console), environment);
    await printed((console) => storeRestoreCommand(backup, { data: restored }, console));
    const again = await printed((console) => queryCommand(counted, { ...QUERY, data: restored }, console), environment);
    assert.deepEqual(JSON.parse(again.stdout), [{ n: 3 }]);

    for (const [what, value, reason] of [
      ['nothing', undefined, /the store is encrypted: expected .*OTELIER_ENCRYPTION/],
      ['no settings', 'x', /OTELIER_ENCRYPTION: expected settings such as \{provider: file, path: keys\}/],
      ['an unknown provider', '{provider: x}', /provider: Invalid option/],
      ['no path', '{provider: file}', /path: expected a value for provider file/],
      [
        'two tokens',
        '{provider: vault, address: "http://v", key: k, token: a, token_file: b}',
        /either token or token_file/,
      ],
      ['no file', '{provider: file, path: /nowhere/keys}', /expected a file with keys: ENOENT/],
    ] as const) {
      const given = value === undefined ? {} : { OTELIER_ENCRYPTION: value };
      await assert.rejects(
        printed((console) => storeVerifyCommand({ data }, console), given),
        reason,
        what,
      );
      const exported = exportCommand.bind(undefined, { signal: 'traces', url: '', data });
      await assert.rejects(printed(exported, given), reason, what);
    }
    await assert.rejects(
      printed((console) => rotateKeysCommand({ data }, console)),
      /OTELIER_ENCRYPTION: expected the settings `encryption` of the store/,
    );
    await assert.rejects(
      printed(async (console) => createKeyCommand({ id: 'a:b' }, console)),
      /--id: expected letters/,
    );
  }));

test('a running process rotates keys, writes no secrets and no memory to core files', () =>
  withTempDirectory(async (directory) => {
    const data = join(directory, 'data');
    const path = await createKeyFile(directory);
    const key = readFileSync(path, 'utf8').split(':')[1]?.trim() ?? '';
    const config = `yaml:
      receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } }
      exporters: { store: { directory: '${data}', encryption: { provider: file, path: '${path}' } } }
      extensions: { workbench: { endpoint: '127.0.0.1:0' } }
      service:
        extensions: [workbench]
        telemetry: { logs: { level: debug } }
        pipelines: { logs: { receivers: [otlp], exporters: [store] } }`;
    await whileRunning(['--config', config], async (running) => {
      const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hunter2-hunter2' } }] }] }] };
      const headers = { 'content-type': 'application/json' };
      const sent = await fetch(`${running.address('OTLP/HTTP')}/v1/logs`, {
        ...{ method: 'POST', headers, body: JSON.stringify(body) },
      });
      assert.equal(sent.status, 200);
      const statement = { statement: 'SELECT body FROM logs' };
      const url = `${running.address('Page and API')}/api/v1/sql`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(statement) });
      assert.match(await response.text(), /hunter2-hunter2/);

      const { stdout } = await printed((console) => rotateKeysCommand({ data }, console));
      assert.equal(stdout, 'the running process has rotated its keys\n');
      assert.equal(dataKeyIds(data).length, 2);

      if (process.platform === 'linux') {
        const filters = processesOf(data).map((pid) => readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim());
        assert.ok(filters.length >= 2, 'the service and the process for SQL');
        assert.deepEqual([...new Set(filters)], ['00000000']);
      }
      for (const text of [running.stdout, running.stderr]) {
        assert.ok(!text.includes('hunter2') && !text.includes(key));
      }
      for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
        if (/\.(parquet|journal|keys|copy|json|state)$/.test(name))
          assert.ok(!readFileSync(join(data, name)).includes('hunter2'), name);
      }
    });
  }));

/** Returns the processes whose command line names a directory. */
function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}
