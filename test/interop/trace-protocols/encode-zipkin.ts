import { isIPv4 } from 'node:net';
import { WireWriter } from '@otelier/otlp';
import type { EndpointJson, ZipkinJson } from './zipkin-spans.ts';

const KINDS = ['', 'CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'];

/** Encodes spans as `zipkin.proto3.ListOfSpans`. */
export function encodeListOfSpans(spans: readonly ZipkinJson[]): Uint8Array {
  const writer = new WireWriter();
  for (const span of spans) writer.message(1, () => writeSpan(writer, span));
  return writer.finish();
}

function writeSpan(writer: WireWriter, span: ZipkinJson): void {
  writer.bytesField(1, Buffer.from(span.traceId.padStart(32, '0'), 'hex'));
  if (span.parentId !== undefined) writer.bytesField(2, Buffer.from(span.parentId, 'hex'));
  writer.bytesField(3, Buffer.from(span.id, 'hex'));
  if (span.kind !== undefined) writer.varintField(4, KINDS.indexOf(span.kind));
  if (span.name !== undefined) writer.stringField(5, span.name);
  if (span.timestamp !== undefined) writer.fixed64Field(6, BigInt(span.timestamp));
  if (span.duration !== undefined) writer.varintField(7, span.duration);
  if (span.localEndpoint !== undefined) writeEndpoint(writer, 8, span.localEndpoint);
  if (span.remoteEndpoint !== undefined) writeEndpoint(writer, 9, span.remoteEndpoint);
  for (const { timestamp = 0, value } of span.annotations ?? []) {
    writer.message(10, () => writer.fixed64Field(1, BigInt(timestamp)).stringField(2, value));
  }
  for (const [key, value] of Object.entries(span.tags ?? {})) {
    writer.message(11, () => writer.stringField(1, key).stringField(2, value));
  }
  if (span.debug) writer.varintField(12, 1);
  if (span.shared) writer.varintField(13, 1);
}

function writeEndpoint(writer: WireWriter, field: number, { serviceName, ipv4, ipv6, port }: EndpointJson): void {
  writer.message(field, () => {
    if (serviceName !== undefined) writer.stringField(1, serviceName);
    if (ipv4 !== undefined) writer.bytesField(2, addressBytes(ipv4));
    if (ipv6 !== undefined) writer.bytesField(3, addressBytes(ipv6));
    if (port !== undefined) writer.varintField(4, port);
  });
}

/** Returns the 4 or 16 bytes of an address. */
export function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}
