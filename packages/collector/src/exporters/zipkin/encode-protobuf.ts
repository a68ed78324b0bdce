import { WireWriter } from '@otelier/otlp';
import { bytesOfAddress } from '../../spans/ip-address.ts';
import type { OutgoingEndpoint, OutgoingSpan } from './outgoing-span.ts';

const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];
const NO_PARENT = new Uint8Array(8);

/** Encodes spans as `zipkin.proto3.ListOfSpans`. */
export function encodeProtobuf(spans: readonly OutgoingSpan[]): Uint8Array {
  const writer = new WireWriter(4096);
  for (const span of spans) {
    writer.open(1);
    writeSpan(writer, span);
    writer.close();
  }
  return writer.finish();
}

function writeSpan(writer: WireWriter, span: OutgoingSpan): void {
  const { kind, name, start, duration } = span;
  writer.bytesField(1, span.traceId);
  // As in the Collector, roots have a parent of zeros.
  writer.bytesField(2, span.parentId ?? NO_PARENT);
  writer.bytesField(3, span.id);
  if (kind !== '') writer.varintField(4, KINDS.indexOf(kind));
  if (name !== '') writer.stringField(5, name);
  if (start !== undefined) writer.fixed64Field(6, (start + 500n) / 1000n);
  if (duration !== 0n) writer.bigIntField(7, duration / 1000n);
  writeEndpoint(writer, 8, span.localEndpoint);
  writeEndpoint(writer, 9, span.remoteEndpoint);
  for (const { time, value } of span.annotations) {
    writer.open(10);
    if (time !== 0n) writer.fixed64Field(1, BigInt.asUintN(64, time) / 1000n);
    if (value !== '') writer.stringField(2, value);
    writer.close();
  }
  for (const [key, value] of span.tags) {
    writer.open(11);
    writer.stringField(1, key).stringField(2, value);
    writer.close();
  }
}

function writeEndpoint(writer: WireWriter, field: number, endpoint: OutgoingEndpoint | undefined): void {
  if (endpoint === undefined) return;
  const { serviceName, ipv4, ipv6, port } = endpoint;
  writer.open(field);
  if (serviceName !== '') writer.stringField(1, serviceName);
  if (ipv4 !== '') writer.bytesField(2, bytesOfAddress(ipv4));
  if (ipv6 !== '') writer.bytesField(3, bytesOfAddress(ipv6));
  if (port !== 0) writer.varintField(4, port);
  writer.close();
}
