import type { OutputMap } from '../output/config-builder.ts';
import { relabelOperators } from '../relabel/operators.ts';
import { outputText } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { fieldOf } from '../stages/expressions.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `syslog`. */
export function syslogTarget(section: Section, _context: ScrapeContext): Target[] {
  const syslog = section.section('syslog');
  if (syslog === undefined) return [];
  const rules = rulesOf(section);
  const labels = [...syslog.textMap('labels')];
  const listener = listenerOf(syslog);
  const keepsMessage = syslog.boolean('use_rfc5424_message') === true;
  const keepsTime = syslog.boolean('use_incoming_timestamp') === true;
  if (!keepsTime) syslog.report.changed(syslog.place, 'records have the time of the message, not that of its receipt');
  syslog.changed('label_structured_data', 'structured data is the attribute structured_data');
  const protocol = syslog.text('syslog_format') === 'rfc3164' ? 'rfc3164' : 'rfc5424';
  syslog.finish();
  return [
    {
      type: 'syslog',
      name: '',
      config: { protocol, ...listener },
      labels: labels.map(([name]) => name),
      prepare(context) {
        for (const [name, value] of labels)
          context.push({ type: 'add', field: fieldOf('attributes', name), value: outputText(value) });
        relabelOperators(rules, context, syslogField);
        if (!keepsMessage)
          context.push({ type: 'copy', from: 'attributes.message', to: 'body' }, 'attributes.message != nil');
      },
    },
  ];
}

/** Returns the settings of the socket. */
export function listenerOf(syslog: Section): OutputMap {
  const address = syslog.value('listen_address') ?? '127.0.0.1:1514';
  const protocol = syslog.text('listen_protocol') ?? 'tcp';
  const timeout = syslog.value('idle_timeout');
  syslog.changed('max_message_length', 'messages have at most 1 MiB', 'set tcp.max_log_size');
  const tls = syslog.section('tls_config');
  const certificate = tls && {
    cert_file: tls.value('cert_file'),
    key_file: tls.value('key_file'),
    client_ca_file: tls.value('ca_file'),
  };
  tls?.finish();
  if (protocol === 'udp') return { udp: { listen_address: address, add_attributes: true } };
  return {
    tcp: {
      listen_address: address,
      add_attributes: true,
      ...(timeout !== undefined && { connection_idle_timeout: timeout }),
      ...(certificate !== undefined && { tls: certificate }),
    },
  };
}

const SEVERITIES = '["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"]';
const FACILITIES =
  '["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]';

const FIELDS: Readonly<Record<string, string>> = {
  __syslog_connection_ip_address: 'attributes["net.peer.ip"]',
  __syslog_connection_hostname: 'attributes["net.peer.name"]',
  __syslog_message_severity: `(attributes.priority == nil ? nil : ${SEVERITIES}[attributes.priority % 8])`,
  __syslog_message_facility: `(attributes.facility == nil ? nil : ${FACILITIES}[attributes.facility])`,
  __syslog_message_hostname: 'attributes.hostname',
  __syslog_message_app_name: 'attributes.appname',
  __syslog_message_proc_id: 'attributes.proc_id',
  __syslog_message_msg_id: 'attributes.msg_id',
};

/** Returns the expression of a label of a syslog target. */
export function syslogField(label: string): string | undefined {
  return Object.hasOwn(FIELDS, label) ? FIELDS[label] : undefined;
}
