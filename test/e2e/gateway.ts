import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '@otelier/query/client';

const root = join(import.meta.dirname, '..', '..');

/** The executable in the source tree. */
export const OTELIER = join(root, 'packages', 'collector', 'bin', 'otelier.js');

/** Options for `startGateway`. Without `config`, it runs the built-in configuration. */
export interface GatewayOptions {
  /** The store's directory. Default: a temporary one. */
  readonly directory?: string;
  readonly demo?: boolean;
  /** YAML configurations to run instead of the built-in one. Later ones override earlier ones. */
  readonly config?: readonly string[];
  /** A configuration file to run instead of the built-in configuration. */
  readonly file?: string;
  /** Values that override the configuration. The built-in configuration additionally gets free ports. */
  readonly set?: readonly string[];
  /** The executable. Default: the one in the source tree. */
  readonly bin?: string;
  /** The Node executable. Default: that of this process. */
  readonly node?: string;
  /** A shell command to run before the gateway, such as `ulimit -f 100`. */
  readonly shell?: string;
  /** Kills the process when aborted. During startup, `startGateway` then rejects. */
  readonly killedBy?: AbortSignal;
}

/** A running otelier process with its own ports. */
export interface Gateway {
  readonly child: ChildProcess;
  /** URL of the page and the API, such as `http://127.0.0.1:41234`. Empty if there is no workbench. */
  readonly url: string;
  readonly api: ApiClient;
  /** OTLP/HTTP URL, such as `http://127.0.0.1:41235`. */
  readonly http: string;
  /** OTLP/gRPC address, such as `127.0.0.1:41236`. */
  readonly grpc: string;
  /** The store's directory. */
  readonly directory: string;
  /** Paths of the files with the configurations, which a test can change. */
  readonly configFiles: readonly string[];
  /** Returns the output so far, from both stdout and stderr. */
  output(): string;
  /** Stops the process and returns its exit code. Idempotent. */
  stop(): Promise<number | undefined>;
  /** Kills the process with SIGKILL. */
  kill(): Promise<void>;
}

/** The owner of a resource: a test, or `{ after }` for a whole file. */
export interface Lifetime {
  after(end: () => Promise<void>): void;
}

const FREE_PORTS = [
  'receivers.otlp.protocols.grpc.endpoint=127.0.0.1:0',
  'receivers.otlp.protocols.http.endpoint=127.0.0.1:0',
  'extensions.workbench.endpoint=127.0.0.1:0',
];
const LAST_LINE = 'Stop with Ctrl-C';

/** Runs `work`, then shuts down everything that it started, in reverse order. */
export async function withLifetime(work: (lifetime: Lifetime) => Promise<void>): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  try {
    await work({ after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Creates a temporary directory that is removed at the end of the lifetime. */
export async function tempDirectory(lifetime: Lifetime): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-e2e-'));
  lifetime.after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Starts otelier and resolves when it accepts telemetry. */
export async function startGateway(lifetime: Lifetime, options: GatewayOptions = {}): Promise<Gateway> {
  const root = await mkdtemp(join(tmpdir(), 'otelier-e2e-'));
  const directory = options.directory ?? join(root, 'store');
  const configFiles = (options.config ?? []).map((_, index) => join(root, `config-${index}.yaml`));
  const child = spawnGateway(await argumentsOf(options, configFiles, directory), options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  options.killedBy?.addEventListener('abort', () => child.kill('SIGKILL'));
  const ended = new Promise<number | undefined>((resolve) => child.on('close', (code) => resolve(code ?? undefined)));
  const end = async (signal: NodeJS.Signals): Promise<number | undefined> => {
    child.kill(signal);
    return await ended;
  };
  lifetime.after(async () => {
    await end('SIGKILL');
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  });
  const addresses = await addressesOf(child, ended, () => output);
  return {
    child,
    ...addresses,
    api: createApiClient(addresses.url || 'http://127.0.0.1:1'),
    directory,
    configFiles,
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

/** The result of a finished command. */
export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an otelier command until it exits. */
export function runOtelier(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [OTELIER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? undefined, ...said }));
  });
}

async function argumentsOf(
  { config, file, demo, set = [] }: GatewayOptions,
  files: readonly string[],
  directory: string,
) {
  const settings = set.flatMap((value) => ['--set', value]);
  if (file !== undefined) return ['--config', file, ...settings];
  if (config === undefined) {
    const values = [...FREE_PORTS, ...clickHouseSettings(directory)].flatMap((value) => ['--set', value]);
    return ['--data', directory, ...(demo === true ? ['--demo'] : []), ...values, ...settings];
  }
  for (const [index, text] of config.entries()) await writeFile(files[index] ?? '', text);
  return [...files.flatMap((file) => ['--config', file]), ...settings];
}

/**
 * Puts ClickHouse into the place of the embedded store, if `OTELIER_TEST_CLICKHOUSE` has the URL of a server
 * (`test/interop/clickhouse/store.ts`). A directory has a database of its own.
 */
function clickHouseSettings(directory: string): readonly string[] {
  const endpoint = process.env['OTELIER_TEST_CLICKHOUSE'];
  if (endpoint === undefined) return [];
  const database = `page_${hash('sha1', directory).slice(0, 12)}`;
  return [
    `exporters.clickhouse_store=${JSON.stringify({ endpoint, database, compress: 'none', documents_directory: `${directory}-documents` })}`,
    'extensions.workbench.store=clickhouse_store',
    ...['traces', 'metrics', 'logs'].map((signal) => `service.pipelines.${signal}.exporters=[clickhouse_store]`),
  ];
}

function spawnGateway(
  args: readonly string[],
  { shell, bin = OTELIER, node = process.execPath }: GatewayOptions,
): ChildProcess {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return shell === undefined
    ? spawn(node, [bin, ...args], { stdio: [...stdio] })
    : spawn('/bin/sh', ['-c', `${shell}; exec "$0" "$@"`, node, bin, ...args], { stdio: [...stdio] });
}

/** Parses the addresses from the log lines that users see. */
async function addressesOf(
  child: ChildProcess,
  ended: Promise<unknown>,
  output: () => string,
): Promise<{ readonly url: string; readonly http: string; readonly grpc: string }> {
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (output().includes(LAST_LINE)) resolve();
  };
  child.stdout?.on('data', look);
  const failed = ended.then(() => Promise.reject(new Error(`otelier exited during startup:\n${output()}`)));
  failed.catch(() => undefined);
  await Promise.race([started, failed]);
  const find = (label: string): string => new RegExp(`^ *${label} +(\\S+)`, 'm').exec(output())?.[1] ?? '';
  return { url: find('Page and API'), http: find('OTLP/HTTP'), grpc: find('OTLP/gRPC') };
}
