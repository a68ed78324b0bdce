import { type Batch, forEachLogRecord } from '@otelier/otlp';
import { batchOf, type ComponentBench } from '@otelier/testkit';

/** Number of messages of each way. */
export const MESSAGES = 500;

const STRUCTURED = { 'x@32473': { key: 'v "q" ] \\ e', other: 'ä' } };
const SECOND = 1_764_061_200n;

/** Returns the text of a message. */
function textOf(index: number): string {
  return `message ${index} ä "quoted" [x] \\ <7> end`;
}

/** Every facility and every severity occur. */
function priorityOf(index: number): number {
  return 8 * (index % 24) + (index % 8);
}

/** Returns a line of RFC 5424, as a program sends it to a server on its host. */
export function lineOf(index: number): string {
  const micros = String(index).padStart(6, '0');
  const time = `${new Date(Number(SECOND) * 1000).toISOString().slice(0, 19)}.${micros}Z`;
  const data = '[x@32473 key="v \\"q\\" \\] \\\\ e" other="ä"]';
  return `<${priorityOf(index)}>1 ${time} web-1 shop 42 ID7 ${data} ${textOf(index)}\n`;
}

/** Returns what a receiver has to make of a message. RFC 3164 has fewer fields. */
export function expectedOf(index: number, protocol: string): string {
  const head = [priorityOf(index), 'web-1', 'shop', '42'];
  if (protocol === 'rfc3164') return [...head, textOf(index)].join('|');
  const nanos = SECOND * 1_000_000_000n + BigInt(index) * 1000n;
  return [...head, 'ID7', JSON.stringify(STRUCTURED), nanos, textOf(index)].join('|');
}

/** Returns the messages that a receiver has passed on, in the form of `expectedOf`. */
export function receivedMessages({ received }: ComponentBench, protocol: string): readonly string[] {
  const messages: string[] = [];
  for (const { parts } of received)
    for (const part of parts)
      forEachLogRecord(part, ({ attributes, timeUnixNano }) => {
        const text = (name: string) => String(attributes.get(name));
        const head = ['priority', 'hostname', 'appname', 'proc_id'].map(text);
        const more = [text('msg_id'), JSON.stringify(attributes.get('structured_data')), timeUnixNano];
        messages.push([...head, ...(protocol === 'rfc3164' ? [] : more), text('message')].join('|'));
      });
  return messages;
}

const BATCH = 50;

/** Returns batches of log records that the exporter sends as the same messages. */
export function batchesOfMessages(): readonly Batch[] {
  return Array.from({ length: MESSAGES / BATCH }, (_, batch) =>
    batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: recordsFrom(batch * BATCH, BATCH) }] }] } as never),
  );
}

function recordsFrom(first: number, count: number) {
  const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const values = Object.entries(STRUCTURED['x@32473']).map(([key, value]) => string(key, value));
  return Array.from({ length: count }, (_, i) => first + i).map((index) => ({
    timeUnixNano: String(SECOND * 1_000_000_000n + BigInt(index) * 1000n),
    attributes: [
      { key: 'priority', value: { intValue: priorityOf(index) } },
      string('hostname', 'web-1'),
      string('appname', 'shop'),
      string('proc_id', '42'),
      string('msg_id', 'ID7'),
      {
        key: 'structured_data',
        value: { kvlistValue: { values: [{ key: 'x@32473', value: { kvlistValue: { values } } }] } },
      },
      string('message', textOf(index)),
    ],
  }));
}

/** Returns the line that a server writes to its file for a message. RFC 3164 has neither ID nor structured data. */
export function fileLineOf(index: number, protocol: string): string {
  const full = protocol === 'rfc5424';
  const data = '[x@32473 key="v \\"q\\" \\] \\\\ e" other="ä"]';
  return [
    priorityOf(index),
    'web-1',
    'shop',
    full ? '42' : '-',
    full ? 'ID7' : '-',
    full ? data : '-',
    textOf(index),
  ].join('|');
}
