/**
 * Reads the files of all cases with the Collector, and records the log records. The program built from `go/` must be in
 * $STANZA_REFERENCE, by default /tmp/stanza-reference:
 *
 *     node test/interop/stanza/record.ts
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CASES } from './cases.ts';
import { recordLines } from './normalize.ts';
import { OUTCOMES, type Outcomes } from './outcomes.ts';

const PROGRAM = process.env['STANZA_REFERENCE'] ?? '/tmp/stanza-reference';
/** Longer than `force_flush_period` of `recombine`. */
const RUN_MILLIS = 20_000;

const root = mkdtempSync(join(tmpdir(), 'stanza-'));
const recordedMillis = Date.now();
const receivers: Record<string, unknown> = {};
const exporters: Record<string, unknown> = {};
const pipelines: Record<string, unknown> = {};
for (const [index, { input, encoding, options, operators, file = 'app.log' }] of CASES.entries()) {
  const directory = directoryOf(index);
  mkdirSync(directory);
  const parts = file.split('_');
  const path =
    parts.length > 1 ? join(directory, parts.slice(0, 3).join('_'), ...parts.slice(3)) : join(directory, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, Buffer.from(input, encoding ?? 'utf8'));
  receivers[`filelog/${index}`] = { include: [path], start_at: 'beginning', ...options, operators: operators ?? [] };
  exporters[`file/${index}`] = { path: join(root, `${index}.jsonl`) };
  pipelines[`logs/${index}`] = { receivers: [`filelog/${index}`], exporters: [`file/${index}`] };
}
const config = join(root, 'config.yaml');
const telemetry = { metrics: { level: 'none' }, logs: { level: 'fatal' } };
writeFileSync(
  config,
  JSON.stringify({ receivers, exporters, service: { telemetry, pipelines } }).replaceAll('$', '$$$$'),
);
const child = spawn(PROGRAM, ['--config', config], { stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } });
await sleep(RUN_MILLIS);
child.kill('SIGINT');
await new Promise((resolve) => child.once('exit', resolve));
const lines = CASES.map((_, index) => {
  const requests = readFileSync(join(root, `${index}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean);
  return recordLines(
    requests.map((line) => JSON.parse(line) as unknown),
    directoryOf(index),
  );
});
rmSync(root, { recursive: true });
const outcomes: Outcomes = { recordedMillis, names: CASES.map(({ name }) => name), lines };
writeFileSync(OUTCOMES, gzipSync(JSON.stringify(outcomes), { level: 9 }));
process.stdout.write(`${CASES.length} cases, ${lines.flat().length} log records recorded\n`);

function directoryOf(index: number): string {
  return join(root, `case-${index}`);
}
