import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { startExportSink } from '../../e2e/sdk-conformance/export-sink.ts';
import { outline, type SpanTree, spanTrees } from '../../e2e/sdk-instrumentations/span-trees.ts';
import type { Comparison } from '../check.ts';
import { runToEnd, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'pg');
const PROGRAM = join(import.meta.dirname, 'program.ts');

/** Runs a program that queries PostgreSQL with the official SDK and the light SDK, and compares their spans. */
export async function comparePg(): Promise<Comparison> {
  await install();
  const official = await spansOf('official');
  const light = await spansOf('light');
  return { compared: outline(official).length, mismatches: differences(official, light) };
}

/** Installs PostgreSQL compiled to WebAssembly, and a client. */
async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'node_modules', 'pg'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'package.json'), '{ "private": true }\n');
  const packages = ['pg', '@electric-sql/pglite', '@electric-sql/pglite-socket'];
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  const { code, stdout, stderr } = await runToEnd(['npm', ...args], {}, DIRECTORY);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** Runs the program against its own in-memory database server. */
async function spansOf(sdk: string): Promise<readonly SpanTree[]> {
  const ends: (() => Promise<void>)[] = [];
  const sink = await startExportSink({ after: (end) => ends.push(end) });
  const [port = 0] = await freePorts(1);
  const bin = join(DIRECTORY, 'node_modules', '@electric-sql', 'pglite-socket', 'dist', 'scripts', 'server.js');
  const server = await startServer([process.execPath, bin, '--host', '127.0.0.1', '--port', String(port)], [port]);
  try {
    const { code, stderr } = await runToEnd([process.execPath, PROGRAM, sdk, sink.url, DIRECTORY, String(port)]);
    if (code !== 0) throw new Error(`the program failed on the ${sdk} SDK:\n${stderr}`);
    return spanTrees(sink.requests());
  } finally {
    await server.stop();
    for (const end of ends) await end();
  }
}

function differences(official: readonly SpanTree[], light: readonly SpanTree[]): string[] {
  const length = Math.max(official.length, light.length);
  return Array.from({ length }, (_, i) => [official[i], light[i]] as const)
    .filter(([theirs, ours]) => !isDeepStrictEqual(theirs, ours))
    .map(([theirs, ours]) => `expected ${JSON.stringify(theirs)}, got ${JSON.stringify(ours)}`);
}
