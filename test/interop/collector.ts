import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { parseLines } from './gateway.ts';
import { startServer } from './processes.ts';

/** A real Collector, upstream or downstream of otelier. */
export interface Collector {
  readonly grpc: number;
  readonly http: number;
  /** Stops the Collector and returns the output of its file exporter, if it has one. */
  stop(): Promise<readonly unknown[]>;
}

/** Starts a Collector that forwards to `forwardTo` (an exporter in YAML) or writes to a file. */
export async function startCollector(program: string, forwardTo?: string): Promise<Collector> {
  const directory = await mkdtemp(join(tmpdir(), 'collector-interop-'));
  const [grpc = 0, http = 0] = await freePorts(2);
  const exporter = forwardTo ?? `file: {path: "${directory}/out.jsonl", flush_interval: 100ms}`;
  const id = exporter.slice(0, exporter.indexOf(':'));
  const pipelines = ['traces', 'metrics', 'logs'].map(
    (signal) => `    ${signal}: {receivers: [otlp], exporters: [${id}]}`,
  );
  const config = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}, http: {endpoint: "127.0.0.1:${http}"}}}}
exporters: {${exporter}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
${pipelines.join('\n')}
`;
  await writeFile(join(directory, 'collector.yaml'), config);
  const server = await startServer([program, '--config', join(directory, 'collector.yaml')], [grpc, http]);
  return {
    grpc,
    http,
    stop: async () => {
      await server.stop();
      const kept = forwardTo === undefined ? parseLines(await readFile(join(directory, 'out.jsonl'), 'utf8')) : [];
      await rm(directory, { recursive: true });
      return kept;
    },
  };
}
