import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../test/interop/processes.ts';
import type { Pipeline } from './scenario.ts';

const root = join(import.meta.dirname, '..');

/**
 * Returns the command that starts otelier from a checkout, under the pinned Node, so that the whole program is a single
 * process.
 */
function otelierIn(checkout: string): readonly string[] {
  return [join(checkout, 'node_modules', '.bin', 'node'), join(checkout, 'packages', 'collector', 'bin', 'otelier.js')];
}

/** The programs that can be measured. */
export type ProgramName = 'otelier' | 'otelcol' | 'otelcol-contrib' | 'rotel';

/** Ports that a program listens on and sends to. */
export interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly page: number;
  readonly sinkGrpc: number;
  readonly sinkHttp: number;
}

/** The environment that a program is started in. */
export interface Surroundings {
  /** Directory of the rival programs. */
  readonly peers: string;
  /** The otelier checkout to run. Defaults to this one. */
  readonly checkout?: string;
  /** Directory for files created by this run. */
  readonly directory: string;
  readonly ports: Ports;
}

interface Program {
  /** Returns the command that starts the program, without its configuration. */
  executable(peers: string, checkout?: string): readonly string[];
  readonly versionArgs: readonly string[];
  /** Writes the configuration if needed and returns the corresponding arguments. */
  configure(pipeline: Pipeline, surroundings: Surroundings): Promise<readonly string[]>;
}

const collector = (name: string): Program => ({
  executable: (peers) => [join(peers, name)],
  versionArgs: ['--version'],
  configure: configureByFile,
});

const PROGRAMS: Readonly<Record<ProgramName, Program>> = {
  otelier: {
    executable: (_peers, checkout = root) => otelierIn(checkout),
    versionArgs: ['--version'],
    configure: configureByFile,
  },
  otelcol: collector('otelcol'),
  'otelcol-contrib': collector('otelcol-contrib'),
  rotel: {
    executable: (peers) => [join(peers, 'rotel')],
    versionArgs: ['--version'],
    configure: async (pipeline, surroundings) => rotelArgs(pipeline, surroundings),
  },
};

/** Returns the command that starts a program with a pipeline. */
export async function commandOf(
  name: ProgramName,
  pipeline: Pipeline,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const program = PROGRAMS[name];
  const { peers, checkout } = surroundings;
  return [...program.executable(peers, checkout), ...(await program.configure(pipeline, surroundings))];
}

/** Returns the command that starts otelier with its built-in configuration. */
export function builtInCommand(directory: string, { grpc, http, page }: Ports): readonly string[] {
  const settings = {
    'receivers.otlp.protocols.grpc.endpoint': grpc,
    'receivers.otlp.protocols.http.endpoint': http,
    'extensions.workbench.endpoint': page,
  };
  const args = Object.entries(settings).flatMap(([path, port]) => ['--set', `${path}=127.0.0.1:${port}`]);
  return [...otelierIn(root), '--data', directory, ...args];
}

/** Returns a program's version, or `undefined` if it is not installed. */
export async function versionOf(name: ProgramName, peers: string): Promise<string | undefined> {
  const program = PROGRAMS[name];
  const [executable = '', ...args] = program.executable(peers);
  const isThere = await access(executable).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  const { stdout } = await runToEnd([executable, ...args, ...program.versionArgs]);
  const said = stdout.trim().replace(/^(otelcol|rotel|otelier)( version)? /, '');
  return name === 'otelier' ? `${said} (${await commit()})` : said;
}

async function commit(): Promise<string> {
  const git = (...args: string[]) => runToEnd(['git', '-C', root, ...args]);
  const [head, changes] = await Promise.all([
    git('rev-parse', '--short', 'HEAD'),
    git('status', '--porcelain', '-uno', 'packages'),
  ]);
  if (head.code !== 0) return 'no commit';
  return `${head.stdout.trim()}${changes.stdout.trim() === '' ? '' : ' and changes'}`;
}

/** Writes a configuration file for otelier or the Collector. JSON is valid YAML. */
async function configureByFile(pipeline: Pipeline, { directory, ports }: Surroundings): Promise<readonly string[]> {
  const { processors = {}, exporter, workers } = pipeline;
  const [exporterId, exporterConfig] = exporterOf(exporter, directory, ports);
  const extensions = extensionsOf(exporter, directory, ports);
  const steps = { receivers: ['otlp'], processors: Object.keys(processors), exporters: [exporterId] };
  const grpc = { endpoint: `127.0.0.1:${ports.grpc}`, max_recv_msg_size_mib: 64 };
  const config = {
    receivers: { otlp: { protocols: { grpc, http: { endpoint: `127.0.0.1:${ports.http}` } } } },
    processors,
    exporters: { [exporterId]: exporterConfig },
    extensions,
    service: {
      extensions: Object.keys(extensions),
      ...(workers === undefined ? {} : { workers }),
      telemetry: { metrics: { level: 'none' } },
      pipelines: Object.fromEntries(signalsOf(processors).map((signal) => [signal, steps])),
    },
  };
  const file = join(directory, 'config.yaml');
  await writeFile(file, JSON.stringify(config));
  return ['--config', file];
}

/** Processors whose pipelines get all signals. */
const FOR_ALL_SIGNALS = new Set(['batch', 'redaction']);

/** Returns the signals for which to create pipelines. Other processors get only spans. */
function signalsOf(processors: Readonly<Record<string, unknown>>): readonly string[] {
  const isForAll = Object.keys(processors).every((id) => FOR_ALL_SIGNALS.has(id));
  return isForAll ? ['traces', 'metrics', 'logs'] : ['traces'];
}

function exporterOf(exporter: Pipeline['exporter'], directory: string, ports: Ports): readonly [string, object] {
  if (exporter === 'nop') return ['nop', {}];
  // Rows are written to a file after ten seconds at the latest.
  if (exporter === 'store') return ['store', { directory: join(directory, 'store'), max_file_age: '10s' }];
  const { compression, storage } = exporter;
  const queue = storage === undefined ? {} : { sending_queue: { storage: 'file_storage', queue_size: 100_000 } };
  return ['otlp_grpc', { endpoint: `127.0.0.1:${ports.sinkGrpc}`, tls: { insecure: true }, compression, ...queue }];
}

function extensionsOf(exporter: Pipeline['exporter'], directory: string, ports: Ports): Record<string, object> {
  if (exporter === 'store') return { workbench: { endpoint: `127.0.0.1:${ports.page}` } };
  if (exporter === 'nop' || exporter.storage === undefined) return {};
  return { file_storage: { directory: join(directory, 'queues'), create_directory: true, ...exporter.storage } };
}

/** Returns rotel's arguments. It always batches up to 8,192 items or 200 ms, like the Collector's `batch`. */
function rotelArgs({ processors, exporter, workers }: Pipeline, { directory, ports }: Surroundings): readonly string[] {
  const isForeign = Object.keys(processors ?? {}).some((id) => id !== 'batch') || workers !== undefined;
  const isDurable = typeof exporter === 'object' && exporter.storage !== undefined;
  if (isForeign || isDurable || exporter === 'store') throw new Error('rotel has no such pipeline');
  return [
    ...['start', '--pid-file', join(directory, 'rotel.pid'), '--log-file', join(directory, 'rotel.log')],
    ...['--otlp-grpc-endpoint', `127.0.0.1:${ports.grpc}`, '--otlp-http-endpoint', `127.0.0.1:${ports.http}`],
    ...['--otlp-grpc-max-recv-msg-size-mib', '64'],
    ...(exporter === 'nop'
      ? ['--exporter', 'blackhole']
      : [
          ...['--exporter', 'otlp', '--otlp-exporter-endpoint', `http://127.0.0.1:${ports.sinkGrpc}`],
          ...['--otlp-exporter-protocol', 'grpc', '--otlp-exporter-compression', exporter.compression],
        ]),
  ];
}
