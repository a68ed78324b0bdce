import type { AttributeValue, LogRecordView } from '@otelier/otlp';
import { attributeText } from '../../json/attribute-json.ts';

/** How log records become messages. */
export interface MessageOptions {
  readonly protocol: 'rfc5424' | 'rfc3164';
  readonly enableOctetCounting: boolean;
}

const DEFAULT_PRIORITY = '165';
const NOTHING = '-';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Formats a log record as a message of syslog with its framing, from the attributes that the receiver `syslog` sets. */
export function syslogMessage(record: LogRecordView, { protocol, enableOctetCounting }: MessageOptions): string {
  const text = protocol === 'rfc5424' ? rfc5424(record) : rfc3164(record);
  if (enableOctetCounting) return `${Buffer.byteLength(text)} ${text}`;
  // Without a length before it, a message ends with the first newline.
  return `${text.replace(/[\r\n]+/g, ' ')}\n`;
}

function rfc5424(record: LogRecordView): string {
  const { attributes } = record;
  const message = messageOf(record);
  const header = [
    `<${priorityOf(record)}>${field(attributes.get('version'), '1')}`,
    microsecondText(record.timeUnixNano),
    ...['hostname', 'appname', 'proc_id', 'msg_id'].map((name) => field(attributes.get(name), NOTHING)),
    structuredData(attributes.get('structured_data')),
  ];
  return `${header.join(' ')}${message === '' ? '' : ` ${message}`}`;
}

function rfc3164(record: LogRecordView): string {
  const { attributes } = record;
  const name = field(attributes.get('appname'), '');
  const tag = name === '' ? '' : `${name}:`;
  const message = messageOf(record);
  const gap = tag !== '' && message !== '' ? ' ' : '';
  const host = field(attributes.get('hostname'), NOTHING);
  return `<${priorityOf(record)}>${secondText(record.timeUnixNano)} ${host} ${tag}${gap}${message}`;
}

function priorityOf({ attributes }: LogRecordView): string {
  return field(attributes.get('priority'), DEFAULT_PRIORITY);
}

/** The attribute `message`, or the body of a record that has none. */
function messageOf({ attributes, body }: LogRecordView): string {
  const message = attributes.get('message');
  return attributeText(message === undefined ? body : message);
}

/** A part of the header ends with a space, and must not begin another message. */
function field(value: AttributeValue, missing: string): string {
  return value === undefined ? missing : attributeText(value).replace(/[\s\p{Cc}]+/gu, '_');
}

/** Formats `{ id: { name: value } }` as `[id name="value"]`. Anything else is left out. */
function structuredData(value: AttributeValue): string {
  if (!isMap(value)) return NOTHING;
  const elements = Object.entries(value).flatMap(([id, parameters]) => {
    if (!isMap(parameters)) return [];
    const pairs = Object.entries(parameters).flatMap(([name, text]) =>
      typeof text === 'string' ? [`${identifier(name)}="${escaped(text)}"`] : [],
    );
    return [`[${[identifier(id), ...pairs].join(' ')}]`];
  });
  return elements.join('');
}

function isMap(value: AttributeValue): value is { readonly [key: string]: AttributeValue } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function identifier(name: string): string {
  return name.replace(/[\s\p{Cc}="\]]+/gu, '_');
}

/** Escapes what ends a value, and control characters as the Collector does. */
function escaped(text: string): string {
  return text
    .replace(/[\\"\]]/g, '\\$&')
    .replace(/\p{Cc}/gu, (control) => CONTROLS.get(control) ?? escapedCode(control.charCodeAt(0)));
}

function escapedCode(code: number): string {
  const hex = code.toString(16);
  return code < 0x80 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\v', '\\v'],
]);

/** Formats a time to the microsecond, without zeros at the end of the fraction. */
function microsecondText(nanos: bigint): string {
  const micros = nanos / 1000n;
  const iso = new Date(Number(micros / 1000n)).toISOString().slice(0, -1);
  const fraction = `${iso.slice(20)}${String(micros % 1000n).padStart(3, '0')}`.replace(/0+$/, '');
  return `${iso.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function secondText(nanos: bigint): string {
  const date = new Date(Number(nanos / 1_000_000n));
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${day} ${date.toISOString().slice(11, 19)}`;
}
