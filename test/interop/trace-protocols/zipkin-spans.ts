import type { Random } from '@otelier/testkit';

/** A span of version 2 in JSON. */
export interface ZipkinJson {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly timestamp?: number;
  readonly duration?: number;
  readonly shared?: boolean;
  readonly debug?: boolean;
  readonly localEndpoint?: EndpointJson;
  readonly remoteEndpoint?: EndpointJson;
  readonly annotations?: readonly { readonly timestamp?: number; readonly value: string }[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** An endpoint in JSON. */
export interface EndpointJson {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

/** A span of version 1 in JSON. */
export interface ZipkinV1Json {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly timestamp?: number;
  readonly duration?: number;
  readonly annotations: readonly {
    readonly timestamp: number;
    readonly value: string;
    readonly endpoint?: EndpointJson;
  }[];
  readonly binaryAnnotations: readonly {
    readonly key: string;
    readonly value: string;
    readonly endpoint?: EndpointJson;
  }[];
}

const START = 1_700_000_000_000_000;
const SERVICES = ['frontend', 'Backend', 'zürich', ''];
const TAGS: readonly (readonly [string, readonly string[]])[] = [
  ['http.method', ['GET', 'POST']],
  ['http.status_code', ['200', '404', '503', 'x']],
  ['http.response.status_code', ['200', '500']],
  ['error', ['true', 'false', 'timeout', '']],
  ['otel.status_code', ['STATUS_CODE_OK', 'STATUS_CODE_ERROR', 'Error', '1', '2']],
  ['otel.status_description', ['it failed', '']],
  ['http.status_message', ['Not Found']],
  ['census.status_code', ['0', '13', 'x']],
  ['span.kind', ['internal', 'client']],
  ['w3c.tracestate', ['a=b', '']],
  ['number', ['0', '-17', '12345678901234567890123', '3.25', '-0.5', '1e5', '.5', '007']],
  ['flag', ['true', 'false', 'True']],
  ['json', ['{"a":1}', '[1,2]', '']],
  ['net.host.port', ['1']],
  ['text', ['naïve ☃ 𝄞', ' spaces ']],
];
const RESOURCE = { 'host.name': 'web-1', 'k8s.pod.name': 'pod', 'service.version': '1.2', 'process.pid': '17' };

/** Returns one to eight spans of version 2. Those of a service have the same resource tags, of which one set is kept. */
export function zipkinSpans(random: Random): ZipkinJson[] {
  const resource = random(2) === 0 ? RESOURCE : {};
  return Array.from({ length: 1 + random(8) }, () => ({
    traceId: hexId(random(2 ** 30), pick(random, [16, 32])),
    id: hexId(1 + random(2 ** 30), 16),
    ...sometimes(random, () => ({ parentId: hexId(random(2 ** 30), 16) })),
    ...sometimes(random, () => ({ name: pick(random, ['GET /', 'Checkout', '', 'größe']) })),
    ...sometimes(random, () => ({ kind: pick(random, ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']) })),
    ...(random(5) === 0 ? {} : { timestamp: START + random(10 ** 9), duration: random(10 ** 6) }),
    ...sometimes(random, () => ({ shared: true, debug: random(2) === 0 })),
    localEndpoint: endpoint(random),
    ...sometimes(random, () => ({ remoteEndpoint: endpoint(random) })),
    ...sometimes(random, () => ({
      annotations: Array.from({ length: random(4) }, (_, index) => ({
        timestamp: START + index,
        value: pick(random, ['ws', 'retry', 'a|b', 'event|{"k":"v","n":3}|2', '']),
      })),
    })),
    tags: {
      ...tags(random),
      ...resource,
      ...sometimes(random, () => ({ 'otel.library.name': 'lib', 'otel.library.version': '1.0' })),
      ...sometimes(random, () => ({ 'otlp.link.0': `${hexId(5, 32)}|${hexId(6, 16)}||{"l":true}|1` })),
    },
  }));
}

/** Returns one to six spans of version 1. */
export function zipkinV1Spans(random: Random): ZipkinV1Json[] {
  return Array.from({ length: 1 + random(6) }, () => ({
    traceId: hexId(1 + random(2 ** 30), pick(random, [16, 32])),
    id: hexId(1 + random(2 ** 30), 16),
    ...sometimes(random, () => ({ parentId: hexId(1 + random(2 ** 30), 16) })),
    ...sometimes(random, () => ({ name: pick(random, ['get', 'Put', '']) })),
    ...sometimes(random, () => ({ timestamp: START + random(10 ** 9), duration: random(10 ** 6) })),
    annotations: Array.from({ length: random(5) }, () => ({
      timestamp: START + random(10 ** 6),
      value: pick(random, ['cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'custom event', '']),
      ...sometimes(random, () => ({ endpoint: endpoint(random) })),
    })),
    binaryAnnotations: [
      ...Object.entries(tags(random)).map(([key, value]) => ({
        ...{ key, value },
        ...sometimes(random, () => ({ endpoint: endpoint(random) })),
      })),
      ...(random(4) === 0 ? [{ key: 'lc', value: 'component' }] : []),
    ],
  }));
}

function tags(random: Random): Record<string, string> {
  return Object.fromEntries(TAGS.flatMap(([key, values]) => (random(4) === 0 ? [[key, pick(random, values)]] : [])));
}

function endpoint(random: Random): EndpointJson {
  return {
    ...sometimes(random, () => ({ serviceName: pick(random, SERVICES) })),
    ...sometimes(random, () => ({ ipv4: `10.0.${random(256)}.${random(256)}` })),
    ...sometimes(random, () => ({ ipv6: pick(random, ['::1', '2001:db8:0:0:0:ff00:42:8329', 'FE80::0202']) })),
    ...sometimes(random, () => ({ port: random(65_536) })),
  };
}

function sometimes<T extends object>(random: Random, create: () => T): T | object {
  return random(2) === 0 ? create() : {};
}

/** Returns one of the values. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T;
}

/** Returns an ID with a number of hexadecimal digits, which starts with a digit other than 0. */
export function hexId(value: number, digits: number): string {
  return `9${value.toString(16).padStart(digits - 1, '0')}`;
}
