import { EvaluationError, type Time, type Value, type ValueMap } from '../../../ottl/values/value.ts';
import type { Entry } from '../../entry/entry.ts';

/** A parsed syslog message. Fields that it does not have are `undefined`. */
export interface SyslogMessage {
  readonly priority?: number | undefined;
  readonly version?: number | undefined;
  readonly timestamp?: Time | undefined;
  readonly hostname?: string | undefined;
  readonly appname?: string | undefined;
  readonly procId?: string | undefined;
  readonly msgId?: string | undefined;
  readonly structuredData?: ReadonlyMap<string, ReadonlyMap<string, string>> | undefined;
  readonly message?: string | undefined;
}

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console cron2 local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const SEVERITIES = [21, 19, 18, 17, 13, 10, 9, 5];
const SEVERITY_TEXTS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** Returns a message with a priority. */
export function withPriority(message: SyslogMessage, priority: number | undefined): SyslogMessage {
  return priority === undefined ? message : { ...message, priority };
}

/** Returns the members of a message as the Collector names them. */
export function syslogMap(message: SyslogMessage): ValueMap {
  const { priority } = message;
  const members: readonly (readonly [string, Value])[] = [
    ['timestamp', message.timestamp],
    ['hostname', message.hostname],
    ['appname', message.appname],
    ['proc_id', message.procId],
    ['msg_id', message.msgId],
    ['message', message.message],
    [
      'structured_data',
      message.structuredData && new Map([...message.structuredData].map(([id, data]) => [id, new Map(data)])),
    ],
    ['version', message.version === undefined ? undefined : BigInt(message.version)],
  ];
  const map: ValueMap = new Map(members.filter(([, value]) => value !== undefined));
  if (priority !== undefined) {
    map.set('priority', BigInt(priority));
    map.set('severity', BigInt(priority & 7));
    map.set('facility', BigInt(priority >> 3));
    map.set('facility_text', FACILITIES[priority >> 3]);
  }
  return map;
}

/** Sets the severity from the attribute of the message, and removes it and the time from the attributes. */
export function applySeverity(entry: Entry, allowsNone: boolean): void {
  const severity = entry.attributes?.get('severity');
  if (typeof severity === 'bigint') {
    entry.attributes?.delete('severity');
    entry.severityNumber = SEVERITIES[Number(severity)] ?? 0;
    entry.severityText = SEVERITY_TEXTS[Number(severity)] ?? '';
  } else if (!allowsNone) {
    throw new EvaluationError('expected a message with a severity in its attributes');
  }
  entry.attributes?.delete('timestamp');
}
