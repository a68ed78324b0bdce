import type { Signal } from '@otelier/otlp';
import type { ExportClient } from '@otelier/transport';
import type { Clock } from '@otelier/transport/clock';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import type { Logger } from 'pino';
import type { Component } from '../component/contract.ts';
import { defined } from '../component/defined.ts';
import { every } from '../component/every.ts';
import { compileGlob } from '../component/glob.ts';
import { createHttpExtension } from '../component/http/http-extension.ts';
import type { OwnMetrics } from '../component/observe/own-metric.ts';
import { encodeRequest } from '../json/otlp-json.ts';
import { otlpMetrics } from './otlp-metrics.ts';
import { PROMETHEUS_TYPE, type PrometheusOptions, prometheusText } from './prometheus-text.ts';
import type { MetricsReader, OtlpReader } from './reader-config.ts';

/** What the readers need from the service. */
export interface ReaderContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns the current metrics. */
  read(): OwnMetrics;
}

/** Creates the readers of `service.telemetry.metrics.readers`, as one component. */
export function createReaders(readers: readonly MetricsReader[], context: ReaderContext): Component {
  const components = readers.map(({ pull, periodic }): Component => {
    if (pull !== undefined) return createPull(pull.exporter.prometheus, context);
    const otlp = periodic?.exporter.otlp;
    return otlp === undefined ? {} : createPeriodic(periodic?.interval ?? 0, otlp, context);
  });
  return {
    async start() {
      for (const component of components) await component.start?.();
    },
    async shutdown() {
      await Promise.all(components.map((component) => component.shutdown?.()));
    },
  };
}

function createPull(
  {
    host,
    port,
    withResourceConstantLabels: constant,
    ...format
  }: NonNullable<MetricsReader['pull']>['exporter']['prometheus'],
  { logger, read }: ReaderContext,
): Component {
  const options: PrometheusOptions = { ...format, isConstantLabel: constantLabels(constant) };
  return createHttpExtension({
    endpoint: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    name: 'own metrics',
    logger,
    respond({ pathname }) {
      if (pathname !== '/metrics') return { status: 404, body: 'the metrics are at /metrics\n' };
      return { type: PROMETHEUS_TYPE, body: prometheusText(read(), options) };
    },
  });
}

/** Attribute names have no segments, so that a wildcard matches across dots. */
const NO_SEPARATOR = '\0';

function constantLabels(
  config: { readonly included?: readonly string[] | undefined; readonly excluded: readonly string[] } | undefined,
): (name: string) => boolean {
  if (config === undefined) return () => false;
  const included = (config.included ?? ['*']).map((pattern) => compileGlob(pattern, NO_SEPARATOR));
  const excluded = config.excluded.map((pattern) => compileGlob(pattern, NO_SEPARATOR));
  return (name) => included.some((glob) => glob.test(name)) && !excluded.some((glob) => glob.test(name));
}

function createPeriodic(intervalMillis: number, otlp: OtlpReader, { clock, logger, read }: ReaderContext): Component {
  let client: ExportClient | undefined;
  let isFailing = false;
  const send = async (): Promise<void> => {
    const { bytes } = encodeRequest('metrics', otlpMetrics(read()));
    const outcome = await client?.export('metrics', [bytes]);
    const reason = outcome !== undefined && 'reason' in outcome ? outcome.reason : undefined;
    if (reason !== undefined && !isFailing)
      logger.warn({ reason, endpoint: otlp.endpoint }, 'own metrics not exported');
    if (reason === undefined && isFailing) logger.info({ endpoint: otlp.endpoint }, 'export of own metrics recovered');
    isFailing = reason !== undefined;
  };
  const task = every({ clock, logger }, intervalMillis, send);
  return {
    async start() {
      client = createClient(otlp, clock);
      await task.start();
    },
    async shutdown() {
      if (client === undefined) return;
      await task.shutdown();
      // The last values, unless the destination is known not to accept them.
      if (!isFailing) await send();
      await client.shutdown();
      client = undefined;
    },
  };
}

/** Creates the client of an OTLP reader. Throws for options that it cannot use. */
export function createClient(otlp: OtlpReader, clock?: Clock, signal: Signal = 'metrics'): ExportClient {
  const { protocol, endpoint, insecure, certificate, clientCertificate, clientKey, headers, compression, timeout } =
    otlp;
  const options = {
    endpoint,
    compression,
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    timeoutMillis: timeout,
    tls: defined({ insecure, caFile: certificate, certFile: clientCertificate, keyFile: clientKey }),
    ...defined({ clock }),
  };
  if (protocol === 'grpc') return createGrpcClient(options);
  const own = hasPath(endpoint) ? { signalEndpoints: { [signal]: endpoint } } : {};
  return createHttpClient({ ...options, ...own });
}

/** Reports whether an HTTP endpoint has a path of its own, to which that of the signal is not appended. */
function hasPath(endpoint: string): boolean {
  return URL.canParse(endpoint) && !['', '/'].includes(new URL(endpoint).pathname);
}
