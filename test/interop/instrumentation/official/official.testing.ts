import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Framing,
  startRecordedServer,
} from '../../../../packages/sdk/src/instrumentation/database/recorded-server.testing.ts';
import { startRecorder } from '../../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { NODE } from '../../gateway.ts';
import { runToEnd } from '../../processes.ts';
import { type Differences, differencesOf } from './differences.ts';
import { type Result, record } from './program.ts';
import { PROGRAMS } from './programs.ts';

/** The contents of a file in `recorded`. */
interface Recorded {
  readonly official: Result;
  readonly differences: Differences;
}

/**
 * Tests that what our instrumentation records of a program differs from what the official one has recorded only in the
 * known ways. With `RECORD=true`, which `npm run interop -- --only instrumentation` sets, the official one is run and
 * recorded with the differences. `serverOf` returns the server of the program for one of the two.
 */
export function testOfficial(name: string, serverOf: (t: TestContext, isOurs: boolean) => Promise<string>): void {
  test(`${name}: spans and metrics differ from those of the official instrumentation in known ways`, async (t) => {
    const file = join(import.meta.dirname, 'recorded', `${name}.json`);
    const isRecording = process.env['RECORD'] === 'true';
    const official = isRecording ? await runOfficial(name, await serverOf(t, false)) : read(file).official;
    const server = await serverOf(t, true);
    const { options, spans, metrics } = startRecorder(t);
    const program = PROGRAMS[name];
    assert.ok(program);
    const ours = await record(program, true, server, { options, ended: () => spans(0), metrics });
    const differences = differencesOf(name, ours, official);
    if (isRecording) writeFileSync(file, `${JSON.stringify({ official, differences }, undefined, 2)}\n`);
    else assert.deepEqual(differences, read(file).differences);
  });
}

/** The server of a database, which is recorded. */
export function recordedServer(file: string, framing: Framing): (t: TestContext, isOurs: boolean) => Promise<string> {
  return async (t, isOurs) =>
    isOurs ? String(await startRecordedServer(t, file, framing)) : (process.env['RECORD_SERVER'] ?? '');
}

function read(file: string): Recorded {
  assert.ok(existsSync(file), `${file} is missing: npm run interop -- --only instrumentation`);
  return JSON.parse(readFileSync(file, 'utf8')) as Recorded;
}

async function runOfficial(name: string, server: string): Promise<Result> {
  const { code, stdout, stderr } = await runToEnd([NODE, join(import.meta.dirname, 'child.ts'), name, server]);
  if (code !== 0) throw new Error(`the official instrumentation of ${name} failed:\n${stderr}`);
  return JSON.parse(stdout) as Result;
}
