import { createClientTls } from '@otelier/transport/tls';
import type { Sender, SignalContext } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsOptions } from '../component/fields/client.ts';
import { z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';
import { attributesOf, checkSplunkHec, eventUrl, splunkHecFields } from './splunk_hec/config.ts';
import { createHecSender } from './splunk_hec/sender.ts';

const config = z.object(splunkHecFields());

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const splunkHec = defineSendingExporter({
  summary: 'Sends logs, metrics and traces to the HTTP Event Collector of Splunk.',
  stability: 'alpha',
  aliases: ['splunkhec'],
  signals: ['logs', 'metrics', 'traces'],
  config,
  examples: [
    {
      title: 'A Splunk with a token',
      config: { endpoint: 'https://splunk.example.com:8088/services/collector', token: 'a token', index: 'main' },
    },
    {
      title: 'Raw text, without compression',
      config: {
        endpoint: 'https://splunk.example.com:8088/services/collector/raw',
        token: 'a token',
        sourcetype: 'app',
        export_raw: true,
        disable_compression: true,
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options): readonly ConfigIssue[] => checkSplunkHec(options),
  create: (options, context) => createSender(options, context),
});

function createSender(options: Config, { signal, clock }: SignalContext): Sender {
  const { maxContentLengthLogs: logs, maxContentLengthMetrics: metrics, maxContentLengthTraces: traces } = options;
  const limits = new Map([
    ['logs', logs],
    ['metrics', metrics],
    ['traces', traces],
  ]);
  return createHecSender({
    url: eventUrl(options.endpoint),
    healthUrl: options.healthCheckEnabled ? new URL(options.healthPath, options.endpoint).href : undefined,
    token: options.token,
    // A limit of 0 means one request for each batch.
    maxContentBytes: limits.get(signal) || Number.POSITIVE_INFINITY,
    maxEventBytes: options.maxEventSize || Number.POSITIVE_INFINITY,
    isCompressed: !options.disableCompression,
    isRaw: options.exportRaw,
    combinesMetrics: options.useMultiMetricFormat,
    isDropped: signal === 'logs' && !options.logDataEnabled,
    events: {
      source: options.source,
      sourcetype: options.sourcetype,
      index: options.index,
      attributes: attributesOf(options),
      severityText: options.otelToHecFields.severityText,
      severityNumber: options.otelToHecFields.severityNumber,
    },
    headers: {
      __splunk_app_name: options.splunkAppName,
      __splunk_app_version: options.splunkAppVersion || VERSION,
      ...options.headers,
    },
    idleMillis: options.idleConnTimeout,
    createTls: () => createClientTls(clientTlsOptions(options.tls), clock),
    createAuthorize: () => undefined,
    now: () => clock.now(),
  });
}
