import { createClientTls, parseEndpoint } from '@otelier/transport';
import { issuesOf } from '../component/check.ts';
import type { ComponentContext } from '../component/contract.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsField, clientTlsOptions } from '../component/fields/client.ts';
import { endpointError } from '../component/fields/listen.ts';
import { duration, ignored, secret, z } from '../component/schema.ts';
import { FluentSender } from './fluent_forward/sender.ts';

const LABELS = ['timestamp', 'level', 'message'] as const;

function address() {
  return z.string().superRefine((endpoint, issues) => {
    const message = endpointError(endpoint);
    if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
  });
}

const config = z.object({
  endpoint: z
    .union([
      address(),
      z.object({
        tcpAddr: address().prefault('localhost:24224').describe('Address of the server, such as `localhost:24224`.'),
        validateTcpResolution: ignored('names are resolved when a connection is opened', {
          schema: z.boolean(),
          effective: false,
        }),
      }),
    ])
    .prefault({})
    .describe('The server: a mapping with `tcp_addr`, or `host:port` or `unix:/path`.'),
  connectionTimeout: duration().prefault('30s').describe('Maximum time to open a connection.'),
  // Without a TLS block, the connection is not encrypted, as in the Collector's exporter.
  tls: clientTlsField().prefault({ insecure: true }).describe('TLS settings. Without them, TLS is not used.'),
  sharedKey: secret().prefault('').describe('Key that the server knows as well (`shared_key` of Fluentd).'),
  username: z.string().prefault('').describe('User name, for servers that authenticate users.'),
  password: secret().prefault('').describe('Password of the user.'),
  requireAck: z
    .boolean()
    .prefault(false)
    .describe('Whether a batch counts as delivered only when the server has acknowledged it.'),
  tag: z.string().prefault('tag').describe('Tag of the entries, by which Fluentd routes them.'),
  compressGzip: z.boolean().prefault(false).describe('Whether to compress entries.'),
  defaultLabelsEnabled: z
    .record(z.string(), z.boolean())
    .prefault({})
    .describe('Which of `timestamp`, `level` and `message` entries have. Missing ones are enabled.'),
  kubernetesMetadata: z
    .object({
      key: z.string().prefault('kubernetes').describe('Name of the field.'),
      includePodLabels: z.boolean().prefault(false).describe('Whether to add the labels of the pod.'),
    })
    .optional()
    .describe('Adds a field with the namespace, container, pod and node of the resource, as Fluentd names them.'),
  timeout: duration().prefault('30s').describe('Maximum time for an attempt to send, with its acknowledgment.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const fluentForward = defineSendingExporter({
  summary: 'Sends logs by the forward protocol to Fluentd, Fluent Bit or another receiver of it.',
  stability: 'alpha',
  aliases: ['fluentforward'],
  signals: ['logs'],
  config,
  examples: [
    {
      title: 'A Fluentd on the same host, with acknowledgments',
      config: { endpoint: { tcp_addr: 'localhost:24224' }, tag: 'otel', require_ack: true },
    },
    {
      title: 'With TLS, a shared key and the metadata of Kubernetes',
      config: {
        endpoint: { tcp_addr: 'fluentd.example.com:24224' },
        tls: { insecure: false },
        shared_key: 'a long secret',
        compress_gzip: true,
        kubernetes_metadata: { include_pod_labels: true },
      },
    },
  ],
  describe: addressOf,
  check: (options) => issuesOf(() => destinationOf(options)),
  create: (options, context) => createSender(options, context),
});

function addressOf({ endpoint }: Config): string {
  return typeof endpoint === 'string' ? endpoint : endpoint.tcpAddr;
}

function destinationOf(options: Config) {
  const { tls, connectionTimeout, sharedKey, username, password } = options;
  return {
    endpoint: parseEndpoint(addressOf(options)),
    tls: tls.insecure ? undefined : createClientTls(clientTlsOptions(tls)),
    connectMillis: connectionTimeout,
    ...{ sharedKey, username, password },
  };
}

function createSender(options: Config, { clock }: ComponentContext): FluentSender {
  const { defaultLabelsEnabled, kubernetesMetadata, tag, requireAck, compressGzip } = options;
  return new FluentSender({
    tag,
    requireAck,
    isCompressed: compressGzip,
    records: {
      labels: LABELS.filter((label) => defaultLabelsEnabled[label] ?? true),
      kubernetes: kubernetesMetadata,
      now: () => clock.now(),
    },
    createDestination: () => destinationOf(options),
  });
}
