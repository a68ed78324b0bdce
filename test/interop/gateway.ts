import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { type Running, runToEnd, startServer } from './processes.ts';

const root = join(import.meta.dirname, '..', '..');
export const NODE = join(root, 'node_modules', '.bin', 'node');
export const OTELIER = join(root, 'node_modules', '.bin', 'otelier');

/** An otelier process that records everything twice: through memory to a file, and through the store. */
export interface Gateway {
  readonly grpc: number;
  readonly http: number;
  /** Drains and stops it, and returns everything it recorded as OTLP/JSON requests. */
  stop(): Promise<{ readonly memory: readonly unknown[]; readonly store: readonly unknown[] }>;
}

/** Starts a gateway in a new directory. */
export async function startGateway(): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-interop-'));
  const [grpc = 0, http = 0] = await freePorts(2);
  const pipelines = ['traces', 'metrics', 'logs'].flatMap((signal) => [
    `    ${signal}: {receivers: [otlp], exporters: [store]}`,
    `    ${signal}/memory: {receivers: [otlp], processors: [batch], exporters: [file]}`,
  ]);
  const config = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}, http: {endpoint: "127.0.0.1:${http}"}}}}
processors: {batch: {timeout: 200ms}}
exporters: {store: {directory: "${directory}/store"}, file: {path: "${directory}/memory.jsonl"}}
service:
  telemetry: {logs: {level: warn}}
  pipelines:
${pipelines.join('\n')}
`;
  await writeFile(join(directory, 'otelier.yaml'), config);
  const server = await startServer([NODE, OTELIER, '--config', join(directory, 'otelier.yaml')], [grpc, http]);
  return { grpc, http, stop: () => stopGateway(server, directory) };
}

async function stopGateway(server: Running, directory: string) {
  await server.stop();
  const memory = parseLines(await readFile(join(directory, 'memory.jsonl'), 'utf8'));
  const store: unknown[] = [];
  for (const signal of ['traces', 'metrics', 'logs']) {
    const { code, stdout, stderr } = await runToEnd([
      NODE,
      OTELIER,
      'export',
      '--signal',
      signal,
      '--data',
      join(directory, 'store'),
    ]);
    if (code !== 0) throw new Error(`otelier export failed: ${stderr}`);
    store.push(...parseLines(stdout));
  }
  await rm(directory, { recursive: true });
  return { memory, store };
}

/** Parses OTLP/JSON with one request per line. */
export function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
