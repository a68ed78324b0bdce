import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { createApiClient } from '@otelier/query/client';
import { returnMemoryWhenIdle } from '@otelier/store/idle-memory';
import { systemClock } from '@otelier/transport/clock';
import { createHttpClient } from '@otelier/transport/http-client';
import { defined } from '../../component/defined.ts';
import type { Endpoint } from '../../component/host.ts';
import type { Service } from '../../service/service.ts';
import { DEFAULT_URL } from '../built-in.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { createFromOptions, drainSentence } from '../start.ts';
import { untilStopped } from '../stop.ts';
import { instrument } from './instrumentation.ts';
import { OutputLogs } from './output.ts';
import { terminalVariables } from './terminal-variables.ts';

/** Options for `otelier run`. */
export interface RunOptions {
  readonly data?: string;
  readonly name?: string;
  readonly stay?: boolean;
  readonly set: readonly string[];
}

/** The otelier instance that receives the application's telemetry. */
interface Destination {
  /** OTLP/HTTP URL. */
  readonly endpoint: string;
  readonly page: string;
  /** The service, if it was started for the application. */
  readonly service: Service | undefined;
}

/**
 * Starts an application with `OTEL_*` variables set, and collects its output as logs. Uses a running otelier, or starts
 * one for the lifetime of the application; always starts one if a directory or settings are given. Exits with the
 * application's exit code.
 */
export async function runCommand(command: readonly string[], options: RunOptions, console: Console): Promise<void> {
  const needsOwn = options.data !== undefined || options.set.length > 0;
  const destination = (needsOwn ? undefined : await findRunning(console)) ?? (await startOwn(options, console));
  const { service, page } = destination;
  try {
    const exitCode = await runInstrumented(command, destination, options, console);
    if (options.stay && service !== undefined) {
      console.error(`otelier: the application ended with code ${exitCode}; the page stays up until Ctrl-C: ${page}`);
      await untilStopped();
    }
    process.exitCode = exitCode;
  } finally {
    if (service !== undefined) await stopOwn(service, options, console);
  }
}

/** Returns the otelier instance at `OTELIER_URL`, or at the default URL, if it accepts OTLP/HTTP. */
async function findRunning({ environment }: Console): Promise<Destination | undefined> {
  const url = environment['OTELIER_URL'] ?? DEFAULT_URL;
  if (!URL.canParse(url)) throw new CommandFailure(`OTELIER_URL: expected a URL such as ${DEFAULT_URL}, got "${url}"`);
  const client = createApiClient(url, { token: environment['OTELIER_TOKEN'] });
  try {
    const { accepting, endpoints } = await client.get('/status', {}, AbortSignal.timeout(1_000));
    const endpoint = otlpUrl(endpoints);
    return accepting && endpoint !== undefined ? { endpoint, page: url, service: undefined } : undefined;
  } catch {
    return undefined;
  }
}

async function startOwn({ data, set }: RunOptions, console: Console): Promise<Destination> {
  const service = await createFromOptions(
    { config: [], set: ['service.telemetry.logs.level=warn', ...set], ...(data === undefined ? {} : { data }) },
    console,
  );
  await service.start();
  returnMemoryWhenIdle();
  const endpoints = service.host.endpoints();
  const endpoint = otlpUrl(endpoints);
  if (endpoint !== undefined) return { endpoint, page: urlOf(endpoints, 'workbench') ?? DEFAULT_URL, service };
  await service.shutdown();
  throw new CommandFailure('expected an OTLP/HTTP receiver for the application, got settings without one');
}

async function stopOwn(service: Service, { data }: RunOptions, console: Console): Promise<void> {
  const report = await service.drain();
  await service.shutdown();
  const again = data === undefined ? 'otelier' : `otelier --data ${data}`;
  console.error(`otelier: ${drainSentence(report)} Open it again with: ${again}`);
}

function otlpUrl(endpoints: readonly Endpoint[]): string | undefined {
  return urlOf(endpoints, 'otlp');
}

/** Returns the HTTP URL of a component of the given type, as seen from this machine. */
function urlOf(endpoints: readonly Endpoint[], type: string): string | undefined {
  const found = endpoints.find(
    ({ component, protocol, address }) =>
      component.split('/', 1)[0] === type && protocol === 'http' && !address.startsWith('unix:'),
  );
  if (found === undefined) return undefined;
  return `http://${found.address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')}`;
}

async function runInstrumented(
  command: readonly string[],
  { endpoint, page }: Destination,
  { name }: RunOptions,
  console: Console,
): Promise<number> {
  const { environment } = console;
  const instrumentation = instrument(command, process.cwd(), environment);
  console.error(`otelier: ${instrumentation.sentence} Page: ${page}`);
  const elsewhere = environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (elsewhere !== undefined)
    console.error(`otelier: OTEL_EXPORTER_OTLP_ENDPOINT is set, so the application sends to ${elsewhere}, not here.`);
  const serviceName = name ?? environment['OTEL_SERVICE_NAME'] ?? defaultServiceName(command);
  const variables = {
    ...openTelemetryVariables(endpoint),
    ...terminalVariables(process.stdout, environment),
    ...defined(environment),
    ...instrumentation.environment,
    OTEL_SERVICE_NAME: serviceName,
  };
  const client = createHttpClient({ endpoint });
  const logs = new OutputLogs(client, systemClock, serviceName);
  try {
    return await runApplication(instrumentation.command, variables, logs);
  } finally {
    await logs.finish();
    await client.shutdown();
    if (logs.lostLines > 0) console.error(`otelier: ${logs.lostLines} lines of output were not stored as logs.`);
  }
}

/**
 * Variables for OpenTelemetry SDKs (specification, "Environment Variable Specification"). Values set by the user take
 * precedence.
 */
function openTelemetryVariables(endpoint: string): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
  };
}

/** Runs the application. Resolves with its exit code once its output has ended. */
function runApplication(
  [program = '', ...args]: readonly string[],
  environment: Record<string, string>,
  logs: OutputLogs,
): Promise<number> {
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'pipe'], env: environment });
  const stopForwarding = forwardSignals((signal) => child.kill(signal));
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      process[stream].write(chunk);
      logs.write(stream, chunk);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', (error: NodeJS.ErrnoException) =>
    reject(
      new CommandFailure(
        error.code === 'ENOENT'
          ? `There is no program "${program}" on the path.`
          : `Cannot start "${program}": ${error.message}`,
      ),
    ),
  );
  child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return promise.finally(stopForwarding);
}

/** Forwards signals to the application, except SIGINT from a terminal, which reaches the application directly. */
function forwardSignals(kill: (signal: NodeJS.Signals) => void): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const handler = () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) kill(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  };
}

/** Returns the script name without its extension, or the program name. */
function defaultServiceName(command: readonly string[]): string {
  const script = command.slice(1).find((arg) => /\.(m?[jt]s|cjs|py|jar)$/.test(arg));
  return basename(script ?? command[0] ?? 'application').replace(/\.[a-z]+$/, '');
}
