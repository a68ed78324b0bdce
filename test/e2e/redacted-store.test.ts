import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sensitiveCorpus } from '@otelier/testkit/sensitive/corpus';
import { runOtelier, startGateway, tempDirectory } from './gateway.ts';

const CONFIG = `
processors:
  redaction:
    allow_all_keys: true
    catalog: [all]
    masks: {contact: pseudonym, card: keep_last_4, iban: keep_format, network: truncate}
    pseudonym_key: 0123456789abcdef0123456789abcdef
receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}}}}
exporters: {store: {max_file_age: 100ms}}
extensions: {workbench: {endpoint: '127.0.0.1:0'}}
service:
  extensions: [workbench]
  pipelines:
    logs: {receivers: [otlp], processors: [redaction], exporters: [store]}
    traces: {receivers: [otlp], processors: [redaction], exporters: [store]}
`;

/** Values that a truncated or partly kept one can contain by chance are not searched. */
const MIN_LENGTH = 8;

test('nothing of a masked value is on disk or in the log: not in the journal, nor in files', async (t) => {
  const directory = await tempDirectory(t);
  const gateway = await startGateway(t, { config: [CONFIG], set: [`exporters.store.directory=${directory}`] });
  // Lines whose values occur in no other line as something that is not sensitive.
  const lines = sensitiveCorpus(7, 400).filter(({ values }) => values.length > 0);
  const planted = new Set(
    lines.flatMap(({ text, values }) => values.map(({ start, end }) => Buffer.from(text).toString('utf8', start, end))),
  );
  const wanted = [...planted].filter((value) => value.length >= MIN_LENGTH);
  assert.ok(wanted.length > 300);
  const attributes = lines.map(({ text }, i) => ({ key: `a${i}`, value: { stringValue: text } }));
  const now = `${Date.now()}000000`;
  const send = async (path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${gateway.http}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
  };
  const logRecords = lines.map(({ text }) => ({ timeUnixNano: now, body: { stringValue: text } }));
  await send('/v1/logs', { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const span = {
    ...ids,
    name: 'GET',
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    attributes,
    events: [{ attributes }],
  };
  await send('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const inJournal = bytesBelow(directory);
  assert.ok(inJournal.includes('worker-'), 'the journal has the rest of the records');
  for (;;) {
    const { store } = await gateway.api.get('/status');
    if (store?.pendingRows === 0) break;
    await sleep(50);
  }
  assert.equal(await gateway.stop(), 0, gateway.output());
  // Files are compressed, so that their contents are searched as well.
  const exports = await Promise.all(
    ['logs', 'traces'].map((signal) => runOtelier('export', '--signal', signal, '--data', directory)),
  );
  const stored = exports.map(({ stdout }) => stdout).join('');
  assert.ok(stored.includes('worker-'), 'the files have the rest of the records');
  const onDisk = Buffer.concat([inJournal, bytesBelow(directory), Buffer.from(gateway.output() + stored)]);
  assert.deepEqual(
    wanted.filter((value) => onDisk.includes(value)),
    [],
  );
});

function bytesBelow(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
}
