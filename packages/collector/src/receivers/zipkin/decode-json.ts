import { canonicalAddress } from '../../spans/ip-address.ts';
import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import { isEmptyId } from '../../spans/write-spans.ts';
import { type JsonObject, listOf, microsOf, numberOf, objectOf, parseList, recordOf, textOf } from './json-values.ts';
import type { ZipkinAnnotation, ZipkinEndpoint, ZipkinSpan } from './zipkin-span.ts';

/** Decodes a version 2 request in JSON. Throws a `MalformedSpansError`. */
export function decodeJson(body: Uint8Array): ZipkinSpan[] {
  return parseList(body).flatMap((span, index) =>
    span === null ? [] : [spanOf(recordOf(span, `[${index}]`), `[${index}]`)],
  );
}

function spanOf(span: JsonObject, where: string): ZipkinSpan {
  const id = idOf(span['id'], 8, `${where}.id`);
  if (id === undefined || isEmptyId(id)) {
    throw new MalformedSpansError(`${where}.id: expected a valid span ID, got ${quoted(span['id'])}`);
  }
  const { traceId } = span;
  if (traceId === '' || traceId === null) {
    throw new MalformedSpansError(`${where}.traceId: expected a valid trace ID, got ${quoted(traceId)}`);
  }
  const timestamp = microsOf(span['timestamp'], `${where}.timestamp`);
  return {
    traceId: idOf(traceId, 16, `${where}.traceId`) ?? new Uint8Array(16),
    id,
    parentId: idOf(span['parentId'], 8, `${where}.parentId`),
    name: textOf(span['name'], `${where}.name`),
    kind: textOf(span['kind'], `${where}.kind`),
    timestamp: timestamp === 0n ? undefined : timestamp,
    duration: microsOf(span['duration'], `${where}.duration`),
    localEndpoint: endpointOf(span['localEndpoint'], `${where}.localEndpoint`),
    remoteEndpoint: endpointOf(span['remoteEndpoint'], `${where}.remoteEndpoint`),
    annotations: annotationsOf(span['annotations'], `${where}.annotations`),
    tags: tagsOf(span['tags'], `${where}.tags`),
  };
}

/** Parses an ID of up to `length` bytes; shorter ones are padded. `undefined` if it is missing or empty. */
function idOf(value: unknown, length: number, where: string): Uint8Array | undefined {
  const text = textOf(value, where);
  if (text === '') return undefined;
  if (text.length > 2 * length || !/^[0-9a-f]+$/i.test(text)) {
    throw new MalformedSpansError(`${where}: expected up to ${2 * length} hexadecimal digits, got ${quoted(value)}`);
  }
  return Buffer.from(text.padStart(2 * length, '0'), 'hex');
}

function endpointOf(value: unknown, where: string): ZipkinEndpoint | undefined {
  const endpoint = objectOf(value, where);
  if (endpoint === undefined) return undefined;
  const port = numberOf(endpoint['port'], `${where}.port`, 0, 65_535);
  const serviceName = textOf(endpoint['serviceName'], `${where}.serviceName`);
  const ipv4 = addressOf(endpoint['ipv4'], `${where}.ipv4`);
  const ipv6 = addressOf(endpoint['ipv6'], `${where}.ipv6`);
  return { serviceName, ipv4, ipv6, port };
}

function addressOf(value: unknown, where: string): string {
  const text = textOf(value, where);
  if (text === '') return '';
  const address = canonicalAddress(text);
  if (address === undefined) throw new MalformedSpansError(`${where}: expected an IP address, got ${quoted(value)}`);
  return address;
}

function annotationsOf(value: unknown, where: string): ZipkinAnnotation[] {
  return listOf(value, where).map((element, index) => {
    const annotation = recordOf(element, `${where}[${index}]`);
    const timestamp = microsOf(annotation['timestamp'], `${where}[${index}].timestamp`);
    if (timestamp === 0n) {
      throw new MalformedSpansError(`${where}[${index}].timestamp: expected a time after 1970, got nothing`);
    }
    return { timestamp, value: textOf(annotation['value'], `${where}[${index}].value`) };
  });
}

function tagsOf(value: unknown, where: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const [key, tag] of Object.entries(objectOf(value, where) ?? {})) {
    tags.set(key, textOf(tag, `${where}[${quoted(key)}]`));
  }
  return tags;
}
