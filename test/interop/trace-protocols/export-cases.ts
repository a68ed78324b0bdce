import { createRandom, type Random } from '@otelier/testkit';
import type { ExportCase } from './case.ts';
import { hexId, pick } from './zipkin-spans.ts';

/** OTLP requests that become spans of Zipkin: generated ones and unusual ones, each as JSON and protobuf. */
export function exportCases(): ExportCase[] {
  return casesOf(['zipkin_json', 'zipkin_proto'], UNUSUAL);
}

/** The same and some more requests, which become spans of Jaeger. */
export function jaegerExportCases(): ExportCase[] {
  return casesOf(['export_jaeger_proto', 'export_jaeger_json'], { ...UNUSUAL, ...UNUSUAL_OF_JAEGER });
}

function casesOf(kinds: readonly ExportCase['kind'][], unusual: Readonly<Record<string, object>>): ExportCase[] {
  const random = createRandom(5);
  const generated = Array.from({ length: 60 }, (_, index) => [`generated ${index}`, requestOf(random)] as const);
  const spans = Object.entries(unusual).map(([name, fields]) => [name, oneSpan(fields)] as const);
  return [...generated, ...spans, ...REQUESTS].flatMap(([name, request]) =>
    kinds.map((kind) => ({ name: `${kind}: ${name}`, kind, request })),
  );
}

const START = 1_700_000_000_000_000_000n;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: string) => ({ key, value: { intValue } });

/** Attributes that have a meaning, and values of all types. */
const ATTRIBUTES: readonly object[] = [
  text('service.name', 'Shop'),
  text('faas.name', 'fn'),
  text('k8s.deployment.name', 'deploy'),
  text('process.executable.name', 'node'),
  text('cloud.resource_id', 'arn:1'),
  text('faas.id', 'arn:2'),
  text('http.response.status_code', '500'),
  int('http.status_code', '404'),
  text('error', 'why'),
  { key: 'error', value: { boolValue: false } },
  text('span.kind', 'x'),
  text('network.local.address', '10.0.0.1'),
  text('network.local.address', '2001:db8::5'),
  text('network.peer.address', 'not an address'),
  text('network.peer.address', '::ffff:1.2.3.4'),
  text('net.host.ip', '1.1.1.1'),
  text('net.peer.ip', '2.2.2.2'),
  int('net.host.port', '8080'),
  text('net.peer.port', '70000'),
  text('net.peer.port', 'x'),
  text('peer.service', 'db'),
  text('service.peer.name', 'db2'),
  int('int', '-9007199254740993'),
  { key: 'double', value: { doubleValue: 1e21 } },
  { key: 'small', value: { doubleValue: 1.5e-7 } },
  { key: 'flag', value: { boolValue: true } },
  { key: 'bytes', value: { bytesValue: 'AQID' } },
  { key: 'empty', value: {} },
  {
    key: 'list',
    value: { arrayValue: { values: [{ stringValue: '<a>&' }, { intValue: '1' }, { doubleValue: 0.5 }, {}] } },
  },
  { key: 'map', value: { kvlistValue: { values: [text('z', 'ü'), { key: 'a', value: { boolValue: false } }] } } },
];

function attributes(random: Random): object[] {
  const chosen = ATTRIBUTES.filter(() => random(6) === 0);
  const keys = new Set<string>();
  return chosen.filter((attribute) => {
    const { key } = attribute as { key: string };
    const isNew = !keys.has(key);
    keys.add(key);
    return isNew;
  });
}

function requestOf(random: Random): object {
  return {
    resourceSpans: Array.from({ length: 1 + random(3) }, () => ({
      resource: { attributes: attributes(random) },
      scopeSpans: Array.from({ length: 1 + random(2) }, () => ({
        scope: {
          ...pick(random, [{}, { name: 'lib' }, { name: 'lib2', version: '1.2' }]),
          attributes: attributes(random),
        },
        spans: Array.from({ length: random(4) }, () => span(random)),
      })),
    })),
  };
}

function span(random: Random): object {
  const start = START + BigInt(random(2 ** 30));
  return {
    traceId: pick(random, [hexId(random(2 ** 30), 32), hexId(1, 16).padStart(32, '0')]),
    spanId: hexId(random(2 ** 30), 16),
    ...pick(random, [{}, { parentSpanId: hexId(random(2 ** 30), 16) }]),
    ...pick(random, [{}, { traceState: 'a=b' }]),
    name: pick(random, ['GET /Cart', '', 'größe']),
    kind: random(7),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(random(2 ** 30))),
    attributes: attributes(random),
    events: Array.from({ length: random(3) }, () => ({
      timeUnixNano: String(start),
      name: pick(random, ['e', 'a|b', '']),
      ...pick(random, [{}, { attributes: attributes(random) }]),
      ...pick(random, [{}, { droppedAttributesCount: 3 }]),
    })),
    links: Array.from({ length: random(3) }, () => ({
      traceId: hexId(random(9), 32),
      spanId: hexId(random(9), 16),
      ...pick(random, [{}, { traceState: 'x=y', attributes: attributes(random), droppedAttributesCount: 1 }]),
    })),
    status: pick(random, [{}, { code: 1 }, { code: 2 }, { code: 2, message: 'it failed' }, { code: 1, message: 'm' }]),
  };
}

function oneSpan(fields: object): object {
  const base = { traceId: hexId(1, 32), spanId: hexId(2, 16), name: 'n', startTimeUnixNano: String(START) };
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [{ ...base, ...fields }] }] }] };
}

const UNUSUAL: Readonly<Record<string, object>> = {
  'no times': { startTimeUnixNano: '0' },
  'a start in the first second': { startTimeUnixNano: '999999999', endTimeUnixNano: '1000000000' },
  'a start after the first second': { startTimeUnixNano: '1000000000' },
  'no end': { endTimeUnixNano: '0' },
  'a duration of a nanosecond': { endTimeUnixNano: String(START + 1n) },
  'a duration of 1499 nanoseconds': { endTimeUnixNano: String(START + 1499n) },
  'a duration of 1500 nanoseconds': { endTimeUnixNano: String(START + 1500n) },
  'a start that is rounded up': { startTimeUnixNano: String(START + 500n) },
  'a start that is rounded down': { startTimeUnixNano: String(START + 499n) },
  'an event without time': { events: [{ name: 'e' }] },
  'an event that is rounded': { events: [{ name: 'e', timeUnixNano: String(START + 1700n) }] },
  'a link without IDs': { links: [{}] },
  'an unknown status': { status: { code: 7, message: 'm' } },
  'characters that HTML escapes': { events: [{ name: '<', attributes: [text('<', '&\u2028')] }] },
};

const PARENT = { traceId: hexId(1, 32), spanId: hexId(3, 16) };
const childOf = { attributes: [text('opentracing.ref_type', 'child_of')] };

const UNUSUAL_OF_JAEGER: Readonly<Record<string, object>> = {
  'the flag of sampled spans, and others': { flags: 0x301 },
  'flags without that of sampled spans': { flags: 0x300 },
  'an end before the start': { endTimeUnixNano: String(START - 1_500_000_000n) },
  'a time after 2262': { startTimeUnixNano: String(2n ** 63n + 5n), endTimeUnixNano: String(2n ** 64n - 1n) },
  'a link to the parent': { parentSpanId: PARENT.spanId, links: [PARENT, { ...PARENT, traceId: hexId(9, 32) }] },
  'a link to the parent as its child': { parentSpanId: PARENT.spanId, links: [{ ...PARENT, ...childOf }] },
  'a link as a child': { links: [{ ...PARENT, ...childOf }] },
  'an event with the attribute event': { events: [{ name: 'e', attributes: [text('event', 'other')] }] },
  'numbers of all sizes': {
    attributes: [
      int('zero', '0'),
      int('least', '-9223372036854775808'),
      { key: 'zero double', value: { doubleValue: 0 } },
      { key: 'infinite', value: { doubleValue: '-Infinity' } },
      { key: 'no number', value: { doubleValue: 'NaN' } },
      { key: 'false', value: { boolValue: false } },
      { key: 'no bytes', value: { bytesValue: '' } },
      { key: 'no text', value: { stringValue: '' } },
    ],
  },
  'the status code of HTTP in its new name': { attributes: [int('http.response.status_code', '503')] },
};

const REQUESTS: readonly (readonly [string, object])[] = [
  ['no resources', { resourceSpans: [] }],
  ['a resource without spans', { resourceSpans: [{ resource: { attributes: [text('a', 'b')] } }] }],
];
