import { createClientTls } from '@otelier/transport/tls';
import { issuesOf } from '../component/check.ts';
import type { Sender } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsField, clientTlsOptions } from '../component/fields/client.ts';
import { z } from '../component/schema.ts';
import { createSyslogSender } from './syslog/sender.ts';

const config = z.object({
  endpoint: z.string().min(1).describe('Name or address of the server, or the path of a Unix socket.'),
  port: z.int().min(1).max(65_535).prefault(514).describe('Port of the server.'),
  network: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['tcp', 'udp', 'unix']))
    .prefault('tcp')
    .describe('`tcp`, with TLS unless `tls.insecure` is set, `udp` or `unix`.'),
  protocol: z.enum(['rfc5424', 'rfc3164']).prefault('rfc5424').describe('Form of messages.'),
  enableOctetCounting: z
    .boolean()
    .prefault(false)
    .describe('Whether each message has its length before it, so that it can contain newlines (RFC 6587).'),
  tls: clientTlsField(),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const syslog = defineSendingExporter({
  summary: 'Sends logs as messages of syslog (RFC 5424 or RFC 3164) over TCP, TLS, UDP or a Unix socket.',
  stability: 'alpha',
  signals: ['logs'],
  config,
  examples: [
    {
      title: 'A server on the same host, without TLS',
      config: { endpoint: '127.0.0.1', port: 5514, tls: { insecure: true } },
    },
    {
      title: 'A server with TLS and octet counting',
      config: { endpoint: 'syslog.example.com', port: 6514, enable_octet_counting: true },
    },
  ],
  describe: ({ network, endpoint, port }) => (network === 'unix' ? endpoint : `${network} ${endpoint}:${port}`),
  check: checkSyslog,
  create: (options) => createSender(options),
});

function checkSyslog({ protocol, enableOctetCounting, network, tls }: Config): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (enableOctetCounting && protocol !== 'rfc5424')
    issues.push({ path: ['enable_octet_counting'], message: `expected the protocol rfc5424, got "${protocol}"` });
  if (network === 'tcp' && !tls.insecure) issues.push(...issuesOf(() => createClientTls(clientTlsOptions(tls))));
  return issues;
}

function createSender({ endpoint, port, network, protocol, enableOctetCounting, tls }: Config): Sender {
  return createSyslogSender({
    network,
    endpoint: network === 'unix' ? { kind: 'unix', path: endpoint } : { kind: 'tcp', host: endpoint, port },
    tls: network === 'tcp' && !tls.insecure ? clientTlsOptions(tls) : undefined,
    message: { protocol, enableOctetCounting },
  });
}
