import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { CpuProfile, ProfileReport } from '@otelier/query';
import { type ApiClient, createApiClient } from '@otelier/query/client';
import { cpuProfileAsPprof } from '../../profiling/pprof-profile.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { rowsAsTable } from '../rows.ts';
import { terminalText } from '../terminal-text.ts';
import { flameGraph } from './flame-graph.ts';

/** The options of `otelier profile`. */
export interface ProfileOptions {
  readonly url: string;
  readonly seconds: number;
  readonly heap?: boolean;
  readonly output?: string;
  readonly json?: boolean;
}

const INTERVAL_MICROS = 1000;

/** Profiles a running process: prints the CPU time by component and writes a profile, or writes a heap snapshot. */
export async function profileCommand(options: ProfileOptions, console: Console): Promise<void> {
  const { OTELIER_TOKEN: token, OTELIER_EDIT_TOKEN: editToken } = console.environment;
  const client = createApiClient(options.url, { token: options.heap ? (editToken ?? token) : token });
  if (options.heap) await writeHeapSnapshot(client, options.output ?? 'otelier.heapsnapshot', console);
  else await profileCpu(client, options, console);
}

async function profileCpu(client: ApiClient, options: ProfileOptions, console: Console): Promise<void> {
  const { seconds, json } = options;
  const output = options.output ?? (json ? undefined : 'otelier-profile.svg');
  const format = output === undefined ? undefined : formatOf(output);
  const graph = await client.get('/pipeline');
  console.progress(() => `profiling for ${seconds} s`);
  const report = await client.profile({ seconds, intervalMicros: INTERVAL_MICROS, detail: output !== undefined });
  if (json) {
    const { threads, ...rest } = report;
    const summary = { ...rest, threads: threads.map(({ profile: _, ...thread }) => thread) };
    console.print(terminalText(JSON.stringify(summary, undefined, 2)));
  } else {
    for (const line of reportLines(report, console)) console.print(line);
  }
  if (output === undefined || format === undefined) return;
  const threads = report.threads.flatMap(({ name, profile }) => (profile === undefined ? [] : [{ name, profile }]));
  for (const [path, content] of await format(output, threads, report, () => flameGraph(threads, graph))) {
    await writeFile(path, content);
    console.error(`otelier: wrote ${path}`);
  }
}

type Threads = readonly { readonly name: string; readonly profile: CpuProfile }[];
type Format = (
  path: string,
  threads: Threads,
  report: ProfileReport,
  draw: () => string,
) => Promise<readonly (readonly [path: string, content: string | Uint8Array])[]>;

const FORMATS: readonly (readonly [pattern: RegExp, format: Format])[] = [
  [/\.svg$/i, async (path, _threads, _report, draw) => [[path, draw()]]],
  [
    /\.cpuprofile$/i,
    // The format is for one thread.
    async (path, threads) =>
      threads.map(({ name, profile }, index) => [
        index === 0 ? path : path.replace(/(\.\w+)$/, `-${index}-${name.replace(/[^\w-]+/g, '_')}$1`),
        JSON.stringify(profile),
      ]),
  ],
  [
    /\.(pb\.gz|pprof)$/i,
    async (path, threads, report) => [
      [path, await cpuProfileAsPprof(threads, { ...report, intervalMicros: INTERVAL_MICROS })],
    ],
  ],
];

function formatOf(path: string): Format {
  const found = FORMATS.find(([pattern]) => pattern.test(path));
  if (found !== undefined) return found[1];
  throw new CommandFailure(
    `--output: expected a file that ends with .svg (flame graph), .cpuprofile (Chrome DevTools) or .pb.gz (pprof), got "${path}"`,
    EXIT.usage,
  );
}

function reportLines(report: ProfileReport, { columns }: Console): string[] {
  const { usage, threads, missingThreads, durationMillis } = report;
  const total = usage.reduce((sum, { cpuMillis }) => sum + cpuMillis, 0);
  const rows = usage.map(({ name, isEstimate, cpuMillis }) => [
    isEstimate ? `${name} (estimate)` : name,
    `${cpuMillis.toFixed(0)} ms`,
    `${((cpuMillis / (total || 1)) * 100).toFixed(1)} %`,
  ]);
  const names = ['component or code', 'CPU', 'share'].map((name) => ({ name, type: 'VARCHAR' }));
  const table = rowsAsTable({ columns: names, rows }, columns).split('\n').slice(0, -1);
  const busy = threads.filter(({ cpuMillis }) => cpuMillis >= 1);
  const perThread = busy.map(({ name, cpuMillis }) => `${name} ${cpuMillis.toFixed(0)} ms`).join(', ');
  const seconds = (durationMillis / 1000).toFixed(1);
  return [
    `${total.toFixed(0)} ms of CPU time in ${seconds} s (${(total / durationMillis).toFixed(2)} cores): ${terminalText(perThread)}`,
    '',
    ...table,
    ...(usage.some(({ isEstimate }) => isEstimate)
      ? ['', 'estimate: the time of all components of the type, divided by the bytes that entered each.']
      : []),
    ...(missingThreads.length === 0 ? [] : ['', terminalText(`no response from: ${missingThreads.join(', ')}`)]),
  ];
}

async function writeHeapSnapshot(client: ApiClient, path: string, console: Console): Promise<void> {
  // Contains secrets in memory.
  await pipeline(withProgress(await client.heapSnapshot(), console), createWriteStream(path, { mode: 0o600 }));
  console.error(`otelier: wrote ${path} (open it in the Memory panel of Chrome DevTools)`);
}

async function* withProgress(stream: ReadableStream<Uint8Array>, console: Console): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    console.progress(() => `${Math.round(bytes / 1e6)} MB`);
    yield chunk;
  }
}
