import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApiClient } from '@otelier/query/client';
import { listen } from '@otelier/transport/listen';
import { otelier, type Running, startOtelier, withTempDirectory } from '../otelier.testing.ts';

const config = (timeout: string, more = '') => `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch: {timeout: ${timeout}}}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service: {extensions: [workbench], pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [nop]}}}
${more}`;

/** Runs a test with a process whose configuration is in a file. */
async function withProcess(
  args: readonly string[],
  run: (process: Running, file: string, url: string) => Promise<void>,
): Promise<void> {
  await withTempDirectory(async (directory) => {
    const file = join(directory, 'otelier.yaml');
    await writeFile(file, config('200ms'));
    const process = await startOtelier(['--config', file, ...args]);
    try {
      await run(process, file, process.address('Page and API'));
    } finally {
      await process.stop();
    }
  });
}

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('otelier reload prints what a reload would do, does it, and reports why a broken file is not applied', () =>
  withProcess([], async (_process, file, url) => {
    const same = await otelier(['reload', '--url', url]);
    assert.deepEqual([same.code, same.stdout], [0, 'The configuration has not changed.\n']);
    await writeFile(file, config('300ms'));
    const dry = await otelier(['reload', '--dry-run', '--url', url]);
    assert.equal(
      dry.stdout,
      [
        'keep       extensions/workbench',
        'keep       receivers/otlp',
        'keep       exporters/nop',
        'restart    processors/batch',
        'Nothing was changed: this was a dry run.\n',
      ].join('\n'),
    );
    const client = createApiClient(url);
    assert.equal((await client.get('/config')).lastReload?.result, 'unchanged');
    const done = await otelier(['reload', '--json', '--url', url]);
    assert.deepEqual(
      [done.code, JSON.parse(done.stdout).result, JSON.parse(done.stdout).restarted],
      [0, 'applied', ['processors/batch']],
    );
    await writeFile(file, config('soon'));
    const broken = await otelier(['reload', '--url', url]);
    assert.equal(broken.code, 1);
    assert.match(
      broken.stderr,
      /not reloaded, nothing has changed:\n.*otelier\.yaml:\d+:\d+: processors\.batch\.timeout: expected a duration/,
    );
    const { lastReload } = await client.get('/config');
    assert.deepEqual([lastReload?.result, lastReload?.trigger], ['rolled_back', 'api']);
  }));

test('reloads at SIGHUP', () =>
  withProcess([], async (process, file, url) => {
    await writeFile(file, config('300ms'));
    process.kill('SIGHUP');
    const client = createApiClient(url);
    await until('the reload', async () => (await client.get('/config')).lastReload !== undefined);
    const { lastReload } = await client.get('/config');
    assert.deepEqual([lastReload?.result, lastReload?.trigger], ['applied', 'signal']);
    assert.match(process.stderr, /configuration reloaded/);
  }));

test('with --watch, reloads when the contents of the file change, also when an editor replaces it', () =>
  withProcess(['--watch'], async (process, file, url) => {
    const client = createApiClient(url);
    const last = async () => (await client.get('/config')).lastReload;
    await writeFile(`${file}.new`, config('300ms'));
    await rename(`${file}.new`, file);
    await until('the first reload', async () => (await last())?.result === 'applied');
    const { atMillis } = (await last()) ?? {};
    await rm(file);
    await until('the warning', () => process.stderr.includes('configuration file missing'));
    await writeFile(file, config('300ms', '# the same, with a comment\n'));
    await until('the second reload', async () => (await last())?.atMillis !== atMillis);
    assert.deepEqual([(await last())?.result, (await last())?.trigger], ['unchanged', 'watch']);
  }));

test('otelier reload prints the report even when the reload restarts the API that it asks', () =>
  withProcess([], async (process, file) => {
    const free = await listen('127.0.0.1:0');
    await free.close();
    const url = `http://${free.address}`;
    const fixed = (host: string) =>
      config('200ms').replace('127.0.0.1:0}}\nservice', `"${free.address}", allowed_hosts: [${host}]}}\nservice`);
    await writeFile(file, fixed('a.example'));
    process.kill('SIGHUP');
    const client = createApiClient(url);
    const isReloaded = async () => (await client.get('/config').catch(() => undefined))?.lastReload !== undefined;
    await until('the API at its new address', isReloaded);
    await writeFile(file, fixed('b.example'));
    const { code, stdout, stderr } = await otelier(['reload', '--url', url]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /restarted {2}extensions\/workbench/);
  }));
