import { WireType, WireWriter } from '@otelier/otlp';
import {
  type Acknowledgment,
  type ExportHead,
  FIELDS,
  type Hello,
  MAX_IDS,
  OUTCOME_KINDS,
  type Subscribe,
  type Unsubscribe,
  type Welcome,
} from './envelope.ts';

/** Maximum length of a reason. */
const MAX_REASON_CHARACTERS = 500;

const writer = new WireWriter();

/** Encodes a client message that has no body. */
export function writeClientMessage(message: Hello | Subscribe | Unsubscribe): Uint8Array {
  writer.open(FIELDS.client[message.kind]);
  if (message.kind === 'hello') {
    writer.stringField(FIELDS.hello.session, message.session);
    writeIds(FIELDS.hello.unacknowledged, message.unacknowledged.slice(0, MAX_IDS));
  } else {
    writeNumber(FIELDS.subscribe.id, message.id);
    if (message.kind === 'subscribe') {
      writeText(FIELDS.subscribe.signal, message.signal);
      writeText(FIELDS.subscribe.filter, message.filter);
    }
  }
  writer.close();
  return writer.finish();
}

/** Encodes an export request. The body is the concatenation of `parts`. */
export function writeExport(head: ExportHead, parts: readonly Uint8Array[]): Uint8Array {
  writeNumber(FIELDS.export.id, head.id);
  writeText(FIELDS.export.signal, head.signal);
  writeText(FIELDS.export.encoding, head.encoding);
  writeText(FIELDS.export.compression, head.compression);
  for (const [name, value] of Object.entries(head.headers)) {
    writer.open(FIELDS.export.headers);
    writer.stringField(FIELDS.header.name, name);
    writer.stringField(FIELDS.header.value, value);
    writer.close();
  }
  return withBody(FIELDS.client.export, writer.finish(), FIELDS.export.body, parts);
}

/** Encodes a server message that has no body. */
export function writeServerMessage(message: Welcome | Acknowledgment): Uint8Array {
  writer.open(FIELDS.server[message.kind]);
  if (message.kind === 'welcome') {
    writeNumber(FIELDS.welcome.maxBodyBytes, message.maxBodyBytes);
    writeNumber(FIELDS.welcome.window, message.window);
    writeNumber(FIELDS.welcome.heartbeatMillis, message.heartbeatMillis);
    writeIds(FIELDS.welcome.known, message.known);
  } else {
    const { id, outcome } = message;
    writeNumber(FIELDS.acknowledgment.id, id);
    writeNumber(FIELDS.acknowledgment.outcome, OUTCOME_KINDS.indexOf(outcome.kind));
    if (outcome.kind === 'partial') writeNumber(FIELDS.acknowledgment.rejectedItems, outcome.rejectedItems);
    if (outcome.kind === 'retry' && outcome.afterMillis !== undefined) {
      writer.varintField(FIELDS.acknowledgment.afterMillis, Math.max(0, Math.ceil(outcome.afterMillis)));
    }
    if ('reason' in outcome) {
      writeText(FIELDS.acknowledgment.reason, outcome.reason.slice(0, MAX_REASON_CHARACTERS));
    }
  }
  writer.close();
  return writer.finish();
}

/** Encodes telemetry for a subscription. The body is the concatenation of `parts`. */
export function writeData(id: number, skippedItems: number, parts: readonly Uint8Array[]): Uint8Array {
  writeNumber(FIELDS.data.id, id);
  writeNumber(FIELDS.data.skippedItems, skippedItems);
  return withBody(FIELDS.server.data, writer.finish(), FIELDS.data.body, parts);
}

function writeNumber(field: number, value: number): void {
  if (value === 0) return;
  writer.varintField(field, value);
}

function writeText(field: number, text: string): void {
  if (text !== '') writer.stringField(field, text);
}

function writeIds(field: number, ids: readonly number[]): void {
  if (ids.length === 0) return;
  writer.open(field);
  for (const id of ids) writer.varint(id);
  writer.close();
}

/** Assembles a message whose last field is a body, copying the body only once. */
function withBody(kind: number, fields: Uint8Array, bodyField: number, parts: readonly Uint8Array[]): Uint8Array {
  const bodyBytes = parts.reduce((sum, part) => sum + part.length, 0);
  writer.tag(bodyField, WireType.lengthDelimited);
  writer.varint(bodyBytes);
  const bodyHead = writer.finish();
  writer.tag(kind, WireType.lengthDelimited);
  writer.varint(fields.length + bodyHead.length + bodyBytes);
  writer.raw(fields);
  writer.raw(bodyHead);
  const head = writer.finish();
  const message = new Uint8Array(head.length + bodyBytes);
  message.set(head);
  let pos = head.length;
  for (const part of parts) {
    message.set(part, pos);
    pos += part.length;
  }
  return message;
}
