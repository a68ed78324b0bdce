import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { createApiClient } from '@otelier/query';
import { createHttpClient, systemClock } from '@otelier/transport';
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

/** What `otelier run` was called with. */
export interface RunOptions {
  readonly data?: string;
  readonly name?: string;
  readonly stay?: boolean;
  readonly set: readonly string[];
}

/** An otelier that takes the application's telemetry. */
interface Destination {
  /** Where OTLP/HTTP goes. */
  readonly endpoint: string;
  readonly page: string;
  /** Only of one that was started for the application. */
  readonly service: Service | undefined;
}

/**
 * Starts an application with `OTEL_*` set and its output kept as logs. Uses the otelier that runs already, or starts
 * one for as long as the application lives; with a folder or settings of its own always the latter. Ends with the
 * application's exit code.
 */
export async function runCommand(command: readonly string[], options: RunOptions, console: Console): Promise<void> {
  const wantsOwn = options.data !== undefined || options.set.length > 0;
  const destination = (wantsOwn ? undefined : await findRunning(console)) ?? (await startOwn(options, console));
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

/** The otelier that answers where the built-in configuration listens, if it takes OTLP/HTTP. */
async function findRunning({ environment }: Console): Promise<Destination | undefined> {
  const client = createApiClient(DEFAULT_URL, { token: environment['OTELIER_TOKEN'] });
  try {
    const { accepting, endpoints } = await client.get('/status', {}, AbortSignal.timeout(1_000));
    const endpoint = otlpUrl(endpoints);
    return accepting && endpoint !== undefined ? { endpoint, page: DEFAULT_URL, service: undefined } : undefined;
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
  const endpoints = service.host.endpoints();
  const endpoint = otlpUrl(endpoints);
  if (endpoint !== undefined) return { endpoint, page: urlOf(endpoints, 'workbench') ?? DEFAULT_URL, service };
  await service.shutdown();
  throw new CommandFailure('expected a receiver of OTLP/HTTP for the application, and the settings leave none');
}

async function stopOwn(service: Service, { data }: RunOptions, console: Console): Promise<void> {
  const report = await service.drain();
  await service.shutdown();
  const again = data === undefined ? 'otelier' : `otelier --data ${data}`;
  console.error(`otelier: ${drainSentence(report)} Look at it again with: ${again}`);
}

function otlpUrl(endpoints: readonly Endpoint[]): string | undefined {
  return urlOf(endpoints, 'otlp');
}

/** Where a component of this type answers over HTTP, as this machine reaches it. */
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
    if (logs.lostLines > 0) console.error(`otelier: ${logs.lostLines} lines of output could not be kept as logs.`);
  }
}

/** What an OpenTelemetry SDK reads (specification, "Environment Variable Specification"). What the user has set wins. */
function openTelemetryVariables(endpoint: string): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
  };
}

/** Resolves with the exit code once the application has ended and all of its output has been seen. */
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

/** Ctrl-C at a terminal reaches the application by itself; a second one from us would be taken for impatience. */
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

/** The script's name without its ending, otherwise the program's. */
function defaultServiceName(command: readonly string[]): string {
  const script = command.slice(1).find((arg) => /\.(m?[jt]s|cjs|py|jar)$/.test(arg));
  return basename(script ?? command[0] ?? 'application').replace(/\.[a-z]+$/, '');
}
