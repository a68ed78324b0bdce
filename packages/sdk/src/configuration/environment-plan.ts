import type { ClientOptions } from '../client/options.ts';
import type { Environment } from '../environment.ts';
import { nodePlatform } from '../platform/node.ts';
import { defaultResource } from '../resource/default-resource.ts';
import { detectResource } from '../resource/detect.ts';
import { deliveryFrom } from './batch-variables.ts';
import { logLevelFrom } from './diagnostics.ts';
import { logRecordLimitsFrom, spanLimitsFrom } from './limit-variables.ts';
import { consoleTransport } from './line-transport.ts';
import { exemplarFilterFrom, readerFrom } from './metric-variables.ts';
import { otlpNetwork } from './network/otlp-network.ts';
import type { SdkPlan } from './plan.ts';
import { propagatorFrom } from './propagators.ts';
import { detectorsFrom } from './resource-variables.ts';
import { samplerFrom } from './sampler-variables.ts';
import type { Variables } from './variables.ts';

/** Returns the plan described by environment variables. */
export function environmentPlan(environment: Environment, variables: Variables): SdkPlan {
  const destinations = new Destinations(variables);
  const sampler = samplerFrom(variables);
  const reader = readerFrom(variables);
  return {
    isDisabled: variables.flag('OTEL_SDK_DISABLED') === true,
    logLevel: logLevelFrom(variables),
    platform: {
      ...nodePlatform,
      network: otlpNetwork(nodePlatform.network, variables),
      resource: () => defaultResource(environment),
    },
    resource: detectResource({ environment, detectors: detectorsFrom(variables) }),
    propagator: propagatorFrom(variables),
    traces: {
      destinations: destinations.of('OTEL_TRACES_EXPORTER', deliveryFrom(variables, 'OTEL_BSP')),
      options: { ...(sampler === undefined ? {} : { sampler }), spanLimits: spanLimitsFrom(variables) },
    },
    logs: {
      destinations: destinations.of('OTEL_LOGS_EXPORTER', deliveryFrom(variables, 'OTEL_BLRP')),
      options: { logRecordLimits: logRecordLimitsFrom(variables) },
    },
    metrics: {
      readers: destinations.of('OTEL_METRICS_EXPORTER', {}).map((destination) => ({ ...reader, destination })),
      options: { exemplarFilter: exemplarFilterFrom(variables) },
    },
  };
}

/** Creates destinations. Equal settings share a destination. */
class Destinations {
  readonly #variables: Variables;
  readonly #known = new Map<string, ClientOptions>();
  readonly #console: ClientOptions = { transport: consoleTransport(), batch: { maxDelayMillis: 0 } };

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** Returns the destinations named by a variable such as `OTEL_TRACES_EXPORTER`. `none` disables all of them. */
  of(variable: string, delivery: ClientOptions): readonly ClientOptions[] {
    const names = this.#variables.choices(variable, ['otlp', 'console', 'otlp/stdout', 'none']) ?? ['otlp'];
    if (names.includes('none')) return [];
    return [...new Set(names.map((name) => (name === 'otlp' ? this.#otlp(delivery) : this.#console)))];
  }

  #otlp(delivery: ClientOptions): ClientOptions {
    const key = JSON.stringify(delivery);
    const known = this.#known.get(key) ?? delivery;
    this.#known.set(key, known);
    return known;
  }
}
