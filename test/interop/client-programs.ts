import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import type { Definition } from 'otelier';
import { portOf, waitForRecords } from '../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import type { Comparison } from './check.ts';
import { runStep } from './processes.ts';

const BUILD = join(import.meta.dirname, '.build');

/** A program that sends log records, whose bodies are `line 0` to `line N`, to a port with a client library. */
export interface ClientProgram {
  /** Name of its file. */
  readonly name: string;
  readonly language: 'javascript' | 'python';
  /** Takes the port as its argument. */
  readonly source: string;
  /** Number of log records. */
  readonly records: number;
  /** Configuration of the receiver, beside its endpoint. */
  readonly config?: object;
}

/** Libraries to install, in a directory of their own. */
export interface ClientLibraries {
  readonly directory: string;
  readonly npm: readonly string[];
  readonly pip: readonly string[];
}

/** Runs programs with client libraries, each against a receiver, and compares the log records that it receives. */
export async function compareClientPrograms(
  receiver: Definition,
  programs: readonly ClientProgram[],
  libraries: ClientLibraries,
): Promise<Comparison> {
  const directory = join(BUILD, libraries.directory);
  await install(directory, libraries);
  const commands = { javascript: process.execPath, python: join(directory, 'python', 'bin', 'python') };
  const mismatches: string[] = [];
  let compared = 0;
  for (const { name, language, source, records, config } of programs) {
    writeFileSync(join(directory, name), source);
    const bench = await createComponentBench(receiver, {
      clock: systemClock,
      config: { endpoint: '127.0.0.1:0', ...config },
    });
    await bench.start();
    await runStep([commands[language], join(directory, name), String(portOf(bench))]);
    const received = new Set((await waitForRecords(bench, records)).map(({ body }) => body));
    for (let i = 0; i < records; i++) if (!received.has(`line ${i}`)) mismatches.push(`${name}: line ${i} is missing`);
    compared += records;
    await bench.close();
  }
  return { compared, mismatches };
}

async function install(directory: string, { npm, pip }: ClientLibraries): Promise<void> {
  if (npm.every((library) => existsSync(join(directory, 'node_modules', library)))) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  for (const command of [
    ['python3', '-m', 'venv', 'python'],
    ['python/bin/pip', 'install', '--quiet', ...pip],
    ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...npm],
  ])
    await runStep(command, directory);
}
