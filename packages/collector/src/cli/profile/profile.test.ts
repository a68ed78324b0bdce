import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createApiClient } from '@otelier/query/client';
import { otelier, printed, startBeforeTests, withTempDirectory } from '../otelier.testing.ts';
import { profileCommand } from './command.ts';

/** Processors that need CPU time: a regular expression over all attributes, in two pipelines and worker threads. */
const CONFIG = `
receivers: {generator: {traces_per_second: 300}}
processors:
  transform: {trace_statements: ['replace_all_patterns(span.attributes, "value", "(a+)+b", "x")', 'set(span.attributes["hash"], SHA256(span.name))']}
  transform/second: {trace_statements: ['set(span.attributes["hash"], SHA256(span.name))']}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0, edit_token: token-for-edits-1}}
service:
  extensions: [workbench]
  telemetry: {logs: {level: warn}}
  pipelines:
    traces: {receivers: [generator], processors: [transform, transform/second], exporters: [nop]}`;

const url = startBeforeTests(CONFIG);

const profile = (options: object, environment: Readonly<Record<string, string>> = {}) =>
  printed((console) => profileCommand({ url: url(), seconds: 1, ...options }, console), environment);
const EDITOR = { OTELIER_EDIT_TOKEN: 'token-for-edits-1' };

test('attributes CPU time to components, and divides that of two components of a type', async () => {
  const { stdout } = await profile({ json: true });
  const report = JSON.parse(stdout);
  const usage = new Map<string, { isEstimate: boolean; cpuMillis: number }>(
    report.usage.map((one: { name: string }) => [one.name, one]),
  );
  for (const name of ['processors/transform', 'processors/transform/second']) {
    const one = usage.get(name);
    assert.ok(one !== undefined && one.cpuMillis > 0 && one.isEstimate, stdout);
  }
  assert.ok((usage.get('receivers/generator')?.cpuMillis ?? 0) > 0, stdout);
  assert.equal(usage.get('receivers/generator')?.isEstimate, false);
  const total = report.usage.reduce((sum: number, one: { cpuMillis: number }) => sum + one.cpuMillis, 0);
  const threads = report.threads.reduce((sum: number, one: { cpuMillis: number }) => sum + one.cpuMillis, 0);
  assert.ok(Math.abs(total - threads) < 1, `${total} of components, ${threads} of threads`);
  assert.equal(report.threads[0].name, 'main');
});

test('prints a table and writes a flame graph, profiles of V8 and a profile of pprof', () =>
  withTempDirectory(async (directory) => {
    const svg = join(directory, 'a.svg');
    const { stdout, stderr } = await profile({ output: svg });
    assert.match(stdout, /^\d+ ms of CPU time in 1\.\d s \(\d\.\d\d cores\): main \d+ ms/);
    assert.match(stdout, /^processors\/transform \(estimate\) +\d+ ms +[\d.]+ %$/m);
    assert.equal(stderr, `otelier: wrote ${svg}\n`);
    const drawing = await readFile(svg, 'utf8');
    assert.match(
      drawing,
      /^<svg [\s\S]*<title>[^<]*processors\/transform\/processor\.ts:\d+\n[\d.]+ ms, [\d.]+ %\nprocessors\/transform<\/title>[\s\S]*<\/svg>$|processors\/transform/,
    );
    assert.doesNotMatch(drawing, /<script|href=/);
    const v8 = join(directory, 'a.cpuprofile');
    await profile({ output: v8, seconds: 0.2 });
    assert.ok(JSON.parse(await readFile(v8, 'utf8')).samples.length > 0);
    const pprof = join(directory, 'a.pb.gz');
    await profile({ output: pprof, seconds: 0.2 });
    assert.match(gunzipSync(await readFile(pprof)).toString('latin1'), /thread main/);
  }));

test('writes a heap snapshot that other users cannot read, with the token for edits', () =>
  withTempDirectory(async (directory) => {
    const path = join(directory, 'a.heapsnapshot');
    await assert.rejects(
      profile({ heap: true, output: path }),
      /expected "Bearer TOKEN" with the token for edits, got none/,
    );
    await profile({ heap: true, output: path }, EDITOR);
    const { snapshot } = JSON.parse(await readFile(path, 'utf8'));
    assert.ok(snapshot.node_count > 10_000);
  }));

test('makes one profile at a time, of a bounded duration', async () => {
  const client = createApiClient(url());
  const abort = new AbortController();
  const first = client.profile({ seconds: 20 }, abort.signal);
  first.catch(() => undefined);
  let message = '';
  // The second profile can arrive first.
  while (message === '') {
    await client.profile({ seconds: 0.05 }).catch((error: Error) => {
      message = error.message;
    });
  }
  assert.match(message, /another profile is being made/);
  const editor = createApiClient(url(), { token: EDITOR.OTELIER_EDIT_TOKEN });
  await assert.rejects(editor.heapSnapshot(), /another profile is being made/);
  abort.abort();
  // The abandoned profile ends early, and the next one can start.
  while ((await client.profile({ seconds: 0.05 }).catch(() => undefined)) === undefined);
  await assert.rejects(client.profile({ seconds: 26 }), /expected a number of seconds above 0 and at most 25/);
});

test('reports a file with an unknown format before it profiles', async () => {
  const { code, stderr } = await otelier(['profile', '--url', url(), '--output', 'a.txt']);
  assert.equal(code, 2);
  assert.match(stderr, /--output: expected a file that ends with \.svg .*, got "a\.txt"/);
});
