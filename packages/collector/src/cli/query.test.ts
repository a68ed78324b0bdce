import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createHttpClient } from '@otelier/transport/http-client';
import { tableFromIPC } from 'apache-arrow';
import { FREE_PORTS, fillStore, otelier, type Running, whileRunning, withTempDirectory } from './otelier.testing.ts';

const STATEMENT = 'select service_name, count(*) as spans from spans group by all';

async function sendAll(running: Running): Promise<void> {
  const client = createHttpClient({ endpoint: running.address('OTLP/HTTP') });
  for (const signal of ['traces', 'metrics', 'logs'] as const)
    assert.deepEqual(await client.export(signal, sampleBatch(signal, 3).parts), ACCEPTED);
  await client.shutdown();
}

const requests = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('query and export use the running process', () =>
  withTempDirectory((data) =>
    whileRunning(['--data', data, ...FREE_PORTS], async (running) => {
      await sendAll(running);
      const url = ['--url', running.address('Page and API')];

      const json = await otelier(['query', '--json', ...url, STATEMENT]);
      assert.deepEqual([json.code, JSON.parse(json.stdout)], [0, [{ service_name: 'shop', spans: 3 }]]);

      const cut = await otelier(['query', ...url, '--max-rows', '2', 'select name from spans']);
      assert.equal(cut.code, 0);
      assert.match(cut.stdout, /^name\n─+\nGET \/\d\nGET \/\d\n2 rows\n$/);
      assert.match(cut.stderr, /there are more rows; raise --max-rows/);

      const statement = 'select name, 9007199254740993 as n from spans order by name';
      const edges = await otelier([
        ...['query', '--json', ...url],
        `select edges.signal, accepted_items, dropped, items from edges join ledger on node = "to" and event = 'delivered'
         and edges.signal = ledger.signal where items > 0 order by 1`,
      ]);
      assert.deepEqual(
        JSON.parse(edges.stdout).map((edge: Record<string, unknown>) => [
          ...[edge['signal'], edge['accepted_items'], edge['items'], edge['dropped']],
        ]),
        [
          ['logs', 3, 3, []],
          ['metrics', 3, 3, []],
          ['traces', 3, 3, []],
        ],
      );
      const csv = await otelier(['query', ...url, '--format', 'csv', '--max-rows', '1', statement]);
      assert.equal(csv.stdout, 'name,n\r\nGET /0,9007199254740993\r\n');
      assert.match(csv.stderr, /there are more rows; raise --max-rows/);
      const output = join(data, 'rows.arrow');
      const arrow = await otelier(['query', ...url, '--format', 'arrow', '--output', output, statement]);
      assert.deepEqual([arrow.code, arrow.stderr], [0, '']);
      assert.equal(tableFromIPC(readFileSync(output)).numRows, 3);
      const wrong = await otelier(['query', ...url, '--format', 'csv', 'select nope from spans']);
      assert.match(wrong.stderr, /^otelier: .*"nope" not found/);

      const exported = await otelier(['export', '--signal', 'logs', ...url]);
      assert.equal(exported.code, 0);
      const [request] = requests(exported.stdout);
      assert.equal(request.resourceLogs[0].scopeLogs[0].logRecords.length, 3);
    }),
  ));

test('refuses to query a directory that a process has open', () =>
  withTempDirectory((data) =>
    whileRunning(['--data', data, ...FREE_PORTS], async () => {
      const { code, stderr } = await otelier(['query', '--data', data, 'select 1']);
      assert.equal(code, 1);
      assert.match(stderr, /^otelier: .*process \d+ on host \S+ since \S+ has it open/);
    }),
  ));

test('queries a closed directory without applying retention', () =>
  withTempDirectory(async (data) => {
    // The samples are from 2023, older than any default retention.
    await fillStore(data);
    for (let round = 0; round < 2; round++) {
      const { code, stdout, stderr } = await otelier(['query', '--json', '--data', data, STATEMENT]);
      assert.deepEqual([code, stderr], [0, '']);
      assert.deepEqual(JSON.parse(stdout), [{ service_name: 'shop', spans: 3 }]);
    }
  }));

test('reports a failed query in one line', () =>
  withTempDirectory(async (directory) => {
    await fillStore(directory);
    for (const [args, pattern, expected = 1] of [
      [
        ['query', '--data', `${directory}/none`, 'select 1'],
        /^otelier: There is no store in .*none: expected the directory/,
      ],
      [['query', '--data', directory, 'select nope from spans'], /^otelier: .*"nope" not found/],
      [['query', '--data', directory, 'select len(range(1000000000))'], /^otelier: SQL: stopped at the memory limit/],
      [['query', '--url', 'http://127.0.0.1:1', 'select 1'], /^otelier: no otelier .* at http:\/\/127\.0\.0\.1:1/],
      [
        ['export', '--signal', 'logs', '--data', directory, '--since', 'noon'],
        /^otelier: --since: expected an ISO time/,
        2,
      ],
    ] as const) {
      const { code, stdout, stderr } = await otelier(args);
      assert.deepEqual([code, stdout], [expected, '']);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /^ +at /m);
    }
  }));
