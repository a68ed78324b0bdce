import { DiagLogLevel } from '@opentelemetry/api';
import type { Client } from '../client/client.ts';
import { known } from '../client/known-options.ts';
import { AsyncContextManager } from '../context/async-context.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import { LoggerProvider } from '../logs/logger-provider.ts';
import { combineResults, MeterProvider } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { listenTo, logLevelFrom } from './diagnostics.ts';
import { environmentPlan } from './environment-plan.ts';
import type { SdkPlan } from './plan.ts';
import { PlannedClients } from './planned-clients.ts';
import { registerGlobals } from './register-globals.ts';
import { SDK_OPTIONS, type SdkOptions } from './sdk-options.ts';
import { Variables } from './variables.ts';

/** A running SDK. */
export interface Sdk {
  /** The clients that send telemetry: one for all signals, or several if signals have different destinations. */
  readonly clients: readonly Client[];
  /** `undefined` if the SDK is disabled or traces have no destination. */
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProvider | undefined;
  /** Collects metrics and sends everything recorded so far. See `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult>;
  /** Flushes, shuts everything down and undoes the registration. Idempotent. */
  shutdown(timeoutMillis?: number): Promise<FlushResult>;
}

/**
 * Creates the clients, resource and providers from the environment (`OTEL_*`) or a configuration file, and registers
 * them with the OpenTelemetry API unless others are registered. Throws a `ConfigurationFileError` for an invalid file
 * and an `OptionError` for an invalid option. Invalid variables are logged and ignored.
 */
export async function startSdk(options: SdkOptions = {}): Promise<Sdk> {
  const { environment = processEnvironment(), diagLogger } = known(options, SDK_OPTIONS);
  const variables = new Variables(environment);
  const file = options.configFile ?? configFileFrom(variables);
  listenTo(DiagLogLevel.INFO, diagLogger);
  if (file === undefined) listenTo(logLevelFrom(variables), diagLogger);
  const plan = file === undefined ? environmentPlan(environment, variables) : await planOfFile(file, environment);
  listenTo(plan.logLevel, diagLogger);
  const clients = new PlannedClients(plan, options);
  const tracerProvider = tracerProviderOf(plan, options, clients);
  const meterProvider = meterProviderOf(plan, options, clients);
  const loggerProvider = loggerProviderOf(plan, options, clients);
  const providers = [meterProvider, tracerProvider, loggerProvider].filter((each) => each !== undefined);
  const { contextManager = new AsyncContextManager(), propagator = plan.propagator } = options;
  const globals = { contextManager, propagator, tracerProvider, meterProvider, loggerProvider };
  const unregister = await registerGlobals(globals, options.client?.log ?? console.warn);
  const forceFlush = async (timeoutMillis?: number) =>
    combineResults(await Promise.all(providers.map((provider) => provider.forceFlush(timeoutMillis))));
  const end = async (timeoutMillis?: number) => {
    unregister();
    return combineResults(await Promise.all(providers.map((provider) => provider.shutdown(timeoutMillis))));
  };
  let ended: Promise<FlushResult> | undefined;
  return {
    clients: clients.all,
    tracerProvider,
    meterProvider,
    loggerProvider,
    forceFlush,
    shutdown(timeoutMillis) {
      ended ??= end(timeoutMillis);
      return ended;
    },
  };
}

/** Returns the configuration file. The second variable name was used before the first became stable. */
function configFileFrom(variables: Variables): string | undefined {
  return variables.text('OTEL_CONFIG_FILE') ?? variables.text('OTEL_EXPERIMENTAL_CONFIG_FILE');
}

/** Reads the plan from a file. The YAML parser is loaded only here. */
async function planOfFile(file: string, environment: Environment): Promise<SdkPlan> {
  const { filePlan } = await import('./file/file-plan.ts');
  return filePlan(file, environment);
}

function tracerProviderOf(
  { traces }: SdkPlan,
  options: SdkOptions,
  clients: PlannedClients,
): TracerProvider | undefined {
  const client = clients.ofAll(traces.destinations);
  const spanLimits = { ...traces.options.spanLimits, ...options.traces?.spanLimits };
  return (
    client && new TracerProvider({ ...resourceOf(options), ...traces.options, ...options.traces, spanLimits, client })
  );
}

function loggerProviderOf({ logs }: SdkPlan, options: SdkOptions, clients: PlannedClients): LoggerProvider | undefined {
  const client = clients.ofAll(logs.destinations);
  const logRecordLimits = { ...logs.options.logRecordLimits, ...options.logs?.logRecordLimits };
  const common = { ...resourceOf(options), environment: {} };
  return client && new LoggerProvider({ ...common, ...logs.options, ...options.logs, logRecordLimits, client });
}

/** Creates the meter provider. The environment is empty, because the plan has already been read from it. */
function meterProviderOf(plan: SdkPlan, options: SdkOptions, clients: PlannedClients): MeterProvider | undefined {
  if (plan.isDisabled) return undefined;
  const { readers, options: ofPlan } = plan.metrics;
  const [first, ...otherReaders] = readers.map(({ destination, ...reader }) => ({
    ...reader,
    client: clients.of(destination),
  }));
  if (first === undefined) return undefined;
  const common = { ...resourceOf(options), environment: {} };
  return new MeterProvider({ ...common, ...ofPlan, ...first, ...options.metrics, readers: otherReaders });
}

function resourceOf({ resource }: SdkOptions): { readonly resource?: ResourceSource } {
  return resource === undefined ? {} : { resource };
}
