import { decodeHex } from '@otelier/otlp';
import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';
import { isEmptyId } from '../../spans/write-spans.ts';
import { listOf, microsOf, numberOf, objectOf, parseList, recordOf, textOf } from './json-values.ts';
import { parseStringTag } from './string-tags.ts';
import type { AnnotationV1, BinaryAnnotation, EndpointV1, ZipkinSpanV1 } from './v1-span.ts';

/** Decodes a version 1 request in JSON. Throws a `MalformedSpansError`. */
export function decodeV1Json(body: Uint8Array, parseStringTags: boolean): ZipkinSpanV1[] {
  return parseList(body).map((element, index) => {
    const where = `[${index}]`;
    const span = recordOf(element, where);
    const { parentId } = span;
    const timestamp = microsOf(span['timestamp'], `${where}.timestamp`, Number.MIN_SAFE_INTEGER);
    return {
      traceId: idOf(span['traceId'], [16, 32], `${where}.traceId`),
      id: idOf(span['id'], [16], `${where}.id`),
      parentId: textOf(parentId, `${where}.parentId`) === '' ? NO_ID : idOf(parentId, [16], `${where}.parentId`),
      name: textOf(span['name'], `${where}.name`),
      timestamp: timestamp === 0n ? undefined : timestamp,
      duration: microsOf(span['duration'], `${where}.duration`, Number.MIN_SAFE_INTEGER),
      annotations: annotationsOf(span['annotations'], `${where}.annotations`),
      binaryAnnotations: tagsOf(span['binaryAnnotations'], `${where}.binaryAnnotations`, parseStringTags),
    };
  });
}

const NO_ID = new Uint8Array();

/** Parses an ID with one of these numbers of digits. Shorter ones are padded. */
function idOf(value: unknown, digits: readonly number[], where: string): Uint8Array {
  const text = textOf(value, where);
  const id = digits.includes(text.length) ? decodeHex(text.padStart(Math.max(...digits), '0')) : undefined;
  if (id !== undefined && !isEmptyId(id)) return id;
  const expected = digits.join(' or ');
  throw new MalformedSpansError(`${where}: expected ${expected} hexadecimal digits, not all 0, got ${quoted(value)}`);
}

function annotationsOf(value: unknown, where: string): AnnotationV1[] {
  return listOf(value, where).flatMap((element, index) => {
    const at = `${where}[${index}]`;
    const annotation = objectOf(element, at);
    if (annotation === undefined) return [];
    return [
      {
        timestamp: microsOf(annotation['timestamp'], `${at}.timestamp`, Number.MIN_SAFE_INTEGER),
        value: textOf(annotation['value'], `${at}.value`),
        endpoint: endpointOf(annotation['endpoint'], `${at}.endpoint`),
      },
    ];
  });
}

function tagsOf(value: unknown, where: string, parseStringTags: boolean): BinaryAnnotation[] {
  return listOf(value, where).map((element, index) => {
    const at = `${where}[${index}]`;
    const tag = recordOf(element, at);
    const text = textOf(tag['value'], `${at}.value`);
    const endpoint = endpointOf(tag['endpoint'], `${at}.endpoint`);
    return {
      key: textOf(tag['key'], `${at}.key`),
      value: parseStringTags ? parseStringTag(text) : text,
      text,
      serviceName: endpoint?.serviceName || undefined,
    };
  });
}

function endpointOf(value: unknown, where: string): EndpointV1 | undefined {
  const endpoint = objectOf(value, where);
  if (endpoint === undefined) return undefined;
  return {
    serviceName: textOf(endpoint['serviceName'], `${where}.serviceName`),
    ipv4: textOf(endpoint['ipv4'], `${where}.ipv4`),
    ipv6: textOf(endpoint['ipv6'], `${where}.ipv6`),
    port: numberOf(endpoint['port'], `${where}.port`, -(2 ** 31), 2 ** 31 - 1),
  };
}
