import type { Signal } from '@otelier/otlp';
import { createClientTls } from '@otelier/transport/tls';
import type { SignalContext } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsOptions } from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { z } from '../component/schema.ts';
import { elasticsearchFields, endpointsOf } from './elasticsearch/config.ts';
import { createEncoder } from './elasticsearch/encode.ts';
import { type MappingMode, parseMappingMode } from './elasticsearch/mode.ts';
import { Router } from './elasticsearch/routing.ts';
import { BulkSender } from './elasticsearch/sender.ts';

const config = z.object(elasticsearchFields());

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

const DEFAULT_MAX_RETRIES = 2;
const DEFAULT_MAX_REQUEST_BYTES = 5_000_000;

export const elasticsearch = defineSendingExporter({
  summary: 'Indexes logs, metrics and traces in Elasticsearch or OpenSearch, in data streams or indices.',
  stability: 'alpha',
  signals: ['logs', 'metrics', 'traces'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: 'http://127.0.0.1:9200' } },
    {
      title: 'With an API key, documents of the Elastic Common Schema, and an index for each day',
      config: {
        endpoints: ['https://es-1.example.com:9200', 'https://es-2.example.com:9200'],
        api_key: 'a key',
        mapping: { allowed_modes: ['ecs'] },
        logs_index: 'logs',
        logstash_format: { enabled: true },
      },
    },
  ],
  describe: (options) => endpointsOf(options, {}).join(', '),
  check(options, use): readonly ConfigIssue[] {
    const { endpoint, endpoints, cloudid } = options;
    const count = [endpoint, cloudid].filter((each) => each !== undefined).length + (endpoints.length > 0 ? 1 : 0);
    const issues =
      count > 1 ? [{ path: ['endpoints'], message: 'expected one of endpoint, endpoints and cloudid' }] : [];
    return [...issues, ...checkClientAuth(options, use)];
  },
  create: (options, context) => createSender(options, context),
});

/** Creates the sender of a signal. */
function createSender(options: Config, context: SignalContext): BulkSender {
  const { clock, environment, random, signal } = context;
  const indices: Partial<Record<Signal, string>> = {
    logs: options.logsIndex,
    metrics: options.metricsIndex,
    traces: options.tracesIndex,
  };
  const urls = endpointsOf(options, environment).map((url) => new URL(url));
  const allowedModes = options.mapping.allowedModes.flatMap((name) => parseMappingMode(name) ?? []);
  const routerOf = (index: string) =>
    new Router({
      index,
      logstash: options.logstashFormat.enabled ? options.logstashFormat : undefined,
      now: () => clock.now(),
    });
  const { retry, compression, compressionParams, sendingQueue } = options;
  const { batch } = sendingQueue;
  return new BulkSender({
    urls,
    query: queryOf(options),
    encode: createEncoder({
      router: routerOf(indices[signal] ?? ''),
      eventRouter: routerOf(options.logsIndex),
      defaultMode: defaultMode(allowedModes),
      allowedModes,
      dynamicLogId: options.logsDynamicId.enabled,
      dynamicSpanId: options.tracesDynamicId.enabled,
      dynamicPipeline: options.logsDynamicPipeline.enabled,
    }),
    compressionLevel: compression === 'gzip' ? compressionParams.level : undefined,
    maxRequestBytes: batch?.sizer === 'bytes' && batch.maxSize > 0 ? batch.maxSize : DEFAULT_MAX_REQUEST_BYTES,
    retry: {
      isEnabled: retry.enabled,
      maxRetries: retry.maxRetries || (retry.maxRequests > 0 ? retry.maxRequests - 1 : DEFAULT_MAX_RETRIES),
      initialMillis: retry.initialInterval,
      maxMillis: retry.maxInterval,
      statuses: retry.retryOnStatus,
    },
    ignoresConflicts: options.suppressConflictErrors,
    headers: { ...credentialsOf(options, urls[0]), ...fixedHeaders(options) },
    idleMillis: options.idleConnTimeout,
    clock,
    random,
    createTls: () => createClientTls(clientTlsOptions(options.tls), clock),
    createAuthorize: () => authorizeRequests(options, context),
  });
}

function defaultMode(allowed: readonly MappingMode[]): MappingMode {
  return allowed.includes('otel') ? 'otel' : (allowed[0] ?? 'otel');
}

function queryOf({ pipeline, bulkResponseFilterPath, includeSourceOnError }: Config): Record<string, string> {
  return {
    ...(pipeline !== '' && { pipeline }),
    filter_path: bulkResponseFilterPath,
    ...(includeSourceOnError !== undefined && { include_source_on_error: String(includeSourceOnError) }),
  };
}

/** Returns the header with the credentials. Those in the first URL win. */
function credentialsOf({ user, password, apiKey }: Config, url: URL | undefined): Record<string, string> {
  const name = url?.username ? decodeURIComponent(url.username) : user;
  const secret = url?.username ? decodeURIComponent(url.password) : password;
  if (apiKey !== '') return { authorization: `ApiKey ${apiKey}` };
  return name === '' ? {} : { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}
