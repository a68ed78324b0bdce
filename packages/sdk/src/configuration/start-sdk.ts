import { DiagLogLevel } from '@opentelemetry/api';
import type { Client } from '../client/client.ts';
import { known } from '../client/known-options.ts';
import { AsyncContextManager } from '../context/async-context.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import { LoggerProvider } from '../logs/logger-provider.ts';
import { MeterProvider, worst } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import { TracerProvider } from '../trace/tracer-provider.ts';
import { listenTo, logLevelFrom } from './diagnostics.ts';
import { environmentPlan } from './environment-plan.ts';
import type { SdkPlan } from './plan.ts';
import { PlannedClients } from './planned-clients.ts';
import { registerGlobals } from './register-globals.ts';
import { SDK_OPTIONS, type SdkOptions } from './sdk-options.ts';
import { Variables } from './variables.ts';

/** An SDK that runs. */
export interface Sdk {
  /** Where telemetry goes: one client for all, or several where signals are sent in different ways. */
  readonly clients: readonly Client[];
  /** `undefined` when the SDK is disabled, or its traces go nowhere. */
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProvider | undefined;
  /** Collects metrics and sends all that was recorded; see `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult>;
  /** Flushes, ends everything, and takes back what was registered. Safe twice. */
  shutdown(timeoutMillis?: number): Promise<FlushResult>;
}

/**
 * Makes clients, resource and providers as the environment (`OTEL_*`) or a configuration file says, and registers them with
 * the OpenTelemetry API, where nothing is registered yet. Throws a `ConfigurationFileError` for a file that cannot be used,
 * an `OptionError` for an option; variables that cannot be used are warned of and ignored.
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
    worst(await Promise.all(providers.map((provider) => provider.forceFlush(timeoutMillis))));
  const end = async (timeoutMillis?: number) => {
    unregister();
    return worst(await Promise.all(providers.map((provider) => provider.shutdown(timeoutMillis))));
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

/** The second name is that of the time before the first was stable. */
function configFileFrom(variables: Variables): string | undefined {
  return variables.text('OTEL_CONFIG_FILE') ?? variables.text('OTEL_EXPERIMENTAL_CONFIG_FILE');
}

/** Whoever has no file loads no YAML. */
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

/** `{}` as environment: the plan has read it already. */
function meterProviderOf(plan: SdkPlan, options: SdkOptions, clients: PlannedClients): MeterProvider | undefined {
  if (plan.isDisabled) return undefined;
  const { readers, options: ofPlan } = plan.metrics;
  const [first, ...further] = readers.map(({ destination, ...reader }) => ({
    ...reader,
    client: clients.of(destination),
  }));
  if (first === undefined) return undefined;
  const common = { ...resourceOf(options), environment: {} };
  return new MeterProvider({ ...common, ...ofPlan, ...first, ...options.metrics, readers: further });
}

function resourceOf({ resource }: SdkOptions): { readonly resource?: ResourceSource } {
  return resource === undefined ? {} : { resource };
}
