/**
 * Converts all cases with the Collector's components and records the results. The program built from `go/` must be in
 * $TRACES_REFERENCE, by default /tmp/traces-reference:
 *
 *     node test/interop/trace-protocols/record.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { CollectorOutcome, ExportCase, ReceiveCase } from './case.ts';
import { GROUPS } from './groups.ts';
import { type Group, writeRecording } from './records.ts';

const PROGRAM = process.env['TRACES_REFERENCE'] ?? '/tmp/traces-reference';

mkdirSync(new URL('records', import.meta.url), { recursive: true });
for (const [group, cases] of Object.entries(GROUPS) as [Group, readonly (ReceiveCase | ExportCase)[]][]) {
  const input = cases.map((one) => `${JSON.stringify(encoded(one))}\n`).join('');
  const { stdout, status, stderr } = spawnSync(PROGRAM, { input, maxBuffer: 2 ** 28, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${PROGRAM} failed: ${stderr}`);
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CollectorOutcome);
  if (outcomes.length !== cases.length) throw new Error(`${group}: ${outcomes.length} outcomes of ${cases.length}`);
  writeRecording(group, { names: cases.map(({ name }) => name), outcomes });
  process.stdout.write(`${group}: ${cases.length} cases recorded\n`);
}

function encoded(one: ReceiveCase | ExportCase): object {
  return 'body' in one ? { ...one, body: Buffer.from(one.body).toString('base64') } : one;
}
