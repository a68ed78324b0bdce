import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { forEachLogRecord } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { parse } from 'yaml';
import { writeYaml } from '../../../packages/collector/src/convert/output/write-yaml.ts';
import { convertPromtail } from '../../../packages/collector/src/convert/promtail/convert.ts';
import { lokiEntry } from '../../../packages/collector/src/exporters/loki/entry.ts';
import { fileLog } from '../../../packages/collector/src/receivers/file_log.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { CASES, type StagesCase } from './cases.ts';
import { DIFFERENCES } from './differences.ts';
import { type Entry, OUTCOMES, type Outcomes } from './outcomes.ts';

const root = mkdtempSync(join(tmpdir(), 'promtail-'));
after(() => rmSync(root, { recursive: true }));

const outcomes = JSON.parse(gunzipSync(readFileSync(OUTCOMES)).toString()) as Outcomes;

test('converted stages make of lines what Promtail makes of them', async () => {
  const differing: string[] = [];
  for (const [index, one] of CASES.entries()) {
    const directory = join(root, String(index));
    mkdirSync(directory);
    writeFileSync(join(directory, 'app.log'), one.lines.map((line) => `${line}\n`).join(''));
    const expected = (outcomes[one.name] ?? []).map(entryText);
    const here = await runHere(one, directory, expected.length);
    if (JSON.stringify(here) === JSON.stringify(expected)) continue;
    differing.push(one.name);
    if (!DIFFERENCES.has(one.name)) assert.deepEqual({ name: one.name, here }, { name: one.name, here: expected });
  }
  assert.deepEqual(differing, [...DIFFERENCES.keys()]);
});

function entryText({ line, labels, time }: Entry): string {
  const { __tenant_id__: tenant = '', ...shown } = labels;
  const text = Object.entries(shown)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${time === undefined ? '' : Date.parse(time)} ${tenant} {${text.join(', ')}} ${line}`;
}

const START_MILLIS = 1_000;
const MAX_POLLS = 50;

/** Converts the case, reads its file, and returns the entries that the exporter `loki` sends. */
async function runHere(one: StagesCase, directory: string, expected: number): Promise<string[]> {
  const config = await receiverConfig(one, directory);
  const bench = await createComponentBench(fileLog, { startMillis: START_MILLIS, config });
  await bench.start();
  const count = () => bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
  for (let polls = 0; polls < MAX_POLLS && count() < expected; polls++) {
    await bench.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await bench.close();
  const entries: string[] = [];
  for (const { parts } of bench.received)
    for (const part of parts)
      forEachLogRecord(part, (record) => {
        const entry = lokiEntry(record, { exporter: false, job: false, instance: false, level: false }, 0n);
        assert.ok(typeof entry !== 'string', String(entry));
        const millis = record.timeUnixNano === 0n ? '' : record.timeUnixNano / 1_000_000n;
        const labels = entry.labels.replace(/(?:, )?(?:filename|__tenant__)="[^"]*"/g, '').replace('{, ', '{');
        entries.push(`${millis} ${entry.tenant} ${labels} ${entry.line}`);
      });
  return entries;
}

async function receiverConfig(
  { stages, labels = {} }: StagesCase,
  directory: string,
): Promise<Record<string, unknown>> {
  const text = `clients: [{ url: http://127.0.0.1:1 }]
scrape_configs:
- static_configs: [${JSON.stringify({ labels: { ...labels, __path__: `${directory}/*.log` } })}]
  pipeline_stages:${stages.replaceAll('\n', '\n  ')}
`;
  const include = async () => '';
  const conversion = await convertPromtail({ name: 'promtail.yaml', text, registry, include });
  assert.ok(conversion.kind === 'converted', JSON.stringify(conversion));
  const { receivers } = parse(writeYaml(conversion.output, conversion.report, [])) as {
    receivers: { file_log: { storage?: string } };
  };
  const { storage: _, ...config } = receivers.file_log;
  return config;
}
