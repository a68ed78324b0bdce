import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { createSplitter } from '../component/text/splitter-config.ts';
import { syslogFields } from '../operators/parsers/syslog/fields.ts';
import { entryOptionFields, retryField } from '../operators/receiver-fields.ts';
import { createStreamReceiver } from './log_stream/create-receiver.ts';
import { tcpFields, udpFields } from './log_stream/fields.ts';
import { OctetSplitter } from './log_stream/octet-splitter.ts';
import { TcpInput } from './log_stream/tcp-input.ts';
import { UdpInput } from './log_stream/udp-input.ts';

const config = z.object({
  ...syslogFields,
  tcp: z.object(tcpFields).optional().describe('Receives messages over TCP, also with TLS.'),
  udp: z.object(udpFields).optional().describe('Receives messages in UDP datagrams.'),
  onError: z
    .enum(['send', 'send_quiet', 'drop', 'drop_quiet'])
    .prefault('send')
    .describe('Whether messages that cannot be parsed are sent as they are or dropped; `quiet` logs nothing.'),
  ...entryOptionFields,
  retryOnFailure: retryField(),
});

type SyslogConfig = z.output<typeof config>;

export const syslog = defineReceiver({
  summary: 'Receives syslog messages of RFC 5424 or RFC 3164 over TCP, TLS or UDP.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['logs'],
  config,
  examples: [
    { title: 'RFC 5424 over TCP', config: { protocol: 'rfc5424', tcp: { listen_address: '127.0.0.1:54527' } } },
    {
      title: 'RFC 3164 over UDP',
      config: { protocol: 'rfc3164', location: 'Europe/Berlin', udp: { listen_address: '127.0.0.1:54527' } },
    },
  ],
  describe: ({ protocol, tcp, udp }) => [protocol, tcp?.listenAddress ?? udp?.listenAddress ?? ''].join(' '),
  check: checkConfig,
  listens: ({ tcp, udp }) => [
    ...(tcp === undefined ? [] : [{ path: ['tcp', 'listen_address'], endpoint: tcp.listenAddress }]),
    ...(udp === undefined || tcp !== undefined
      ? []
      : [{ path: ['udp', 'listen_address'], endpoint: udp.listenAddress, transport: 'udp' as const }]),
  ],
  create(options, next, context) {
    const { tcp, udp, operators } = options;
    const entries = { ...options, operators: [parserOf(options), ...operators] };
    return createStreamReceiver(entries, next, context, (stream) => {
      if (tcp !== undefined) {
        const { enableOctetCounting: counts } = options;
        const splitter = () => (counts ? new OctetSplitter() : createSplitter(tcp, true));
        // rsyslog and syslog-ng count the newline at the end of a message.
        const preserveTrailingWhitespaces = counts || tcp.preserveTrailingWhitespaces;
        return [new TcpInput({ ...tcp, preserveTrailingWhitespaces }, splitter, stream, context)];
      }
      return udp === undefined ? [] : [new UdpInput(udp, stream, context)];
    });
  },
});

/** Returns the operator that parses the messages. */
function parserOf(options: SyslogConfig): Readonly<Record<string, unknown>> {
  return {
    type: 'syslog_parser',
    id: 'syslog_internal_parser',
    protocol: options.protocol,
    location: options.location,
    enable_octet_counting: options.enableOctetCounting,
    allow_skip_pri_header: options.allowSkipPriHeader,
    max_octets: options.maxOctets,
    on_error: options.onError,
    ...(options.nonTransparentFramingTrailer !== undefined && {
      non_transparent_framing_trailer: options.nonTransparentFramingTrailer,
    }),
  };
}

function checkConfig({
  tcp,
  udp,
  enableOctetCounting,
  nonTransparentFramingTrailer,
  protocol,
}: SyslogConfig): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (tcp === undefined && udp === undefined)
    issues.push({ path: ['tcp'], message: 'expected "tcp" or "udp", got nothing' });
  if (nonTransparentFramingTrailer !== undefined && (enableOctetCounting || protocol !== 'rfc5424'))
    issues.push({
      path: ['non_transparent_framing_trailer'],
      message: 'expected rfc5424 without enable_octet_counting',
    });
  if (tcp === undefined && udp !== undefined && (enableOctetCounting || nonTransparentFramingTrailer !== undefined))
    issues.push({
      path: ['udp'],
      message: 'expected "tcp" with enable_octet_counting or non_transparent_framing_trailer',
    });
  return issues;
}
