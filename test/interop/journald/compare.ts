import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport/clock';
import { journald } from '../../../packages/collector/src/receivers/journald.ts';
import type { Comparison } from '../check.ts';

const REMOTE = '/lib/systemd/systemd-journal-remote';
const ENTRIES = 2_000;
const START_MICROS = 1_700_000_000_000_000;

/** Reads a journal file with the real journalctl, in two runs, and compares every entry. */
export async function compareWithJournalctl(): Promise<Comparison> {
  if (!existsSync(REMOTE)) throw new Error(`${REMOTE} is missing: apt-get install systemd-journal-remote`);
  const directory = mkdtempSync(join(tmpdir(), 'otelier-interop-journald-'));
  try {
    const file = join(directory, 'test.journal');
    await writeJournal(file);
    const mismatches: string[] = [];
    const all = await readAll(
      { files: [file], start_at: 'beginning', priority: 'debug', convert_message_bytes: true },
      ENTRIES,
    );
    for (const [index, got] of all.entries()) {
      const expected = `${START_MICROS + index}000 ${messageOf(index)} ${index % 8}`;
      if (got !== expected) mismatches.push(`expected ${expected}, got ${got}`);
    }
    const errors = await readAll(
      { files: [file], start_at: 'beginning', priority: 'err', matches: [{ _SYSTEMD_UNIT: 'even.service' }] },
      ENTRIES / 4,
    );
    const wanted = Array.from({ length: ENTRIES }, (_, i) => i).filter((i) => i % 2 === 0 && i % 8 <= 3);
    if (errors.length !== wanted.length) mismatches.push(`expected ${wanted.length} errors, got ${errors.length}`);
    return { compared: all.length + errors.length, mismatches };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function messageOf(index: number): string {
  return index % 10 === 9 ? `two\nlines ${index}` : `message ${index} ä`;
}

/** Writes entries in the export format of the journal to a journal file. */
async function writeJournal(file: string): Promise<void> {
  const program = spawn(REMOTE, ['-o', file, '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  for (let i = 0; i < ENTRIES; i++) {
    const text = Buffer.from(messageOf(i));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    program.stdin.write(
      Buffer.concat([
        Buffer.from(
          `__REALTIME_TIMESTAMP=${START_MICROS + i}\n__MONOTONIC_TIMESTAMP=${i + 1}\n_BOOT_ID=4531fd22ec84429e85ae888b12fadb91\n_SYSTEMD_UNIT=${i % 2 === 0 ? 'even' : 'odd'}.service\nPRIORITY=${i % 8}\nMESSAGE\n`,
        ),
        length,
        text,
        Buffer.from('\n\n'),
      ]),
    );
  }
  program.stdin.end();
  const [code] = (await once(program, 'close')) as [number];
  if (code !== 0) throw new Error(`${REMOTE} failed:\n${errors}`);
}

/** Reads until there are as many entries as expected, and a moment longer. */
async function readAll(config: Readonly<Record<string, unknown>>, count: number): Promise<readonly string[]> {
  const bench = await createComponentBench(journald, { clock: systemClock, config });
  try {
    await bench.start();
    for (let tries = 0; tries < 300 && linesOf(bench).length < count; tries++) await setTimeout(50);
    await setTimeout(200);
    return linesOf(bench);
  } finally {
    await bench.close();
  }
}

interface RecordJson {
  readonly timeUnixNano: string;
  readonly body: { readonly kvlistValue: { readonly values: readonly { key: string; value: object }[] } };
}

function linesOf(bench: ComponentBench): readonly string[] {
  return bench.received
    .flatMap(({ parts }) => parts)
    .flatMap((part) => JSON.parse(requestToJson('logs', part)).resourceLogs[0].scopeLogs[0].logRecords as RecordJson[])
    .map(({ timeUnixNano, body }) => {
      const fields = new Map(body.kvlistValue.values.map(({ key, value }) => [key, String(Object.values(value)[0])]));
      return `${timeUnixNano} ${fields.get('MESSAGE')} ${fields.get('PRIORITY')}`;
    });
}
