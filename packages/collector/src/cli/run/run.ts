import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { createHttpClient, systemClock } from '@otelier/transport';
import type { Service } from '../../service.ts';
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
}

const PAGE = 'http://127.0.0.1:4319';
const ENDPOINT = 'http://127.0.0.1:4318';

/**
 * Starts an application with `OTEL_*` set and its output kept as logs. Uses the otelier that runs already, or starts
 * one for as long as the application lives. Ends with the application's exit code.
 */
export async function runCommand(
  command: readonly string[],
  { data, name, stay = false }: RunOptions,
  console: Console,
): Promise<void> {
  const service = (await isRunning()) ? undefined : await startOwn(data, console);
  const { command: instrumented, environment, sentence } = instrument(command, process.cwd(), console.environment);
  console.error(`otelier: ${sentence} Page: ${PAGE}`);
  const serviceName = name ?? console.environment['OTEL_SERVICE_NAME'] ?? defaultServiceName(command);
  const exitCode = await runApplication(
    instrumented,
    serviceName,
    { ...openTelemetryVariables(serviceName), ...definedOf(console.environment), ...environment },
    console,
  );
  if (stay && service !== undefined) {
    console.error(`otelier: the application ended with code ${exitCode}; the page stays up until Ctrl-C: ${PAGE}`);
    await untilStopped();
  }
  if (service !== undefined) await stopOwn(service, console);
  process.exitCode = exitCode;
}

async function isRunning(): Promise<boolean> {
  try {
    return (await fetch(`${PAGE}/healthz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

async function startOwn(data: string | undefined, console: Console): Promise<Service> {
  const service = await createFromOptions(
    { config: [], set: ['service.telemetry.logs.level=warn'], ...(data === undefined ? {} : { data }) },
    console,
  );
  await service.start();
  return service;
}

async function stopOwn(service: Service, console: Console): Promise<void> {
  const report = await service.drain();
  await service.shutdown();
  console.error(`otelier: ${drainSentence(report)} Look at it again with: otelier`);
}

/** What an OpenTelemetry SDK reads (specification, "Environment Variable Specification"). What the user has set wins. */
function openTelemetryVariables(serviceName: string): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: serviceName,
    OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
  };
}

function runApplication(
  [program = '', ...words]: readonly string[],
  serviceName: string,
  environment: Record<string, string>,
  console: Console,
): Promise<number> {
  const logs = new OutputLogs(createHttpClient({ endpoint: ENDPOINT }), systemClock, serviceName);
  const child = spawn(program, words, { stdio: ['inherit', 'pipe', 'pipe'], env: environment });
  const forward = (signal: NodeJS.Signals) => () => void child.kill(signal);
  const forwarders = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => [signal, forward(signal)] as const);
  for (const [signal, handler] of forwarders) process.on(signal, handler);
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    logs.write('stdout', chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    logs.write('stderr', chunk);
  });
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
  child.on('close', (code, signal) => {
    for (const [name, handler] of forwarders) process.off(name, handler);
    logs.finish().then(() => {
      if (logs.lostLines > 0) console.error(`otelier: ${logs.lostLines} lines of output could not be kept as logs.`);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    }, reject);
  });
  return promise;
}

/** The script's name without its ending, otherwise the program's. */
function defaultServiceName(command: readonly string[]): string {
  const script = command.slice(1).find((word) => /\.(m?[jt]s|cjs|py|jar)$/.test(word));
  return basename(script ?? command[0] ?? 'application').replace(/\.[a-z]+$/, '');
}

function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
