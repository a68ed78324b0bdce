import { createRandom, type Random } from '@otelier/testkit';
import type { ReceiveCase } from './case.ts';
import { encodeThriftSpans } from './encode-thrift-v1.ts';
import { encodeListOfSpans } from './encode-zipkin.ts';
import { hexId, zipkinSpans, zipkinV1Spans } from './zipkin-spans.ts';

const V2 = '/api/v2/spans';
const V1 = '/api/v1/spans';
const JSON_TYPE = 'application/json';

/** Requests of Zipkin: generated ones of both versions in all encodings, and unusual ones. */
export function zipkinCases(): ReceiveCase[] {
  return [
    ...generate(60, 1, (random) => v2(JSON.stringify(zipkinSpans(random)), random(2) === 0)),
    ...generate(40, 2, (random) => ({
      ...{ path: V2, contentType: 'application/x-protobuf', parse: random(2) === 0 },
      body: encodeListOfSpans(zipkinSpans(random)),
    })),
    ...generate(40, 3, (random) => v1(JSON.stringify(zipkinV1Spans(random)), random(2) === 0)),
    ...generate(30, 4, (random) => ({
      ...{ path: V1, contentType: 'application/x-thrift', parse: false },
      body: encodeThriftSpans(zipkinV1Spans(random), random),
    })),
    ...Object.entries(UNUSUAL_V2).map(([name, body]) => ({ name: `v2: ${name}`, ...v2(body, false) })),
    ...Object.entries(UNUSUAL_V1).map(([name, body]) => ({ name: `v1: ${name}`, ...v1(body, true) })),
  ].map((one) => ({ kind: 'zipkin' as const, ...one }));
}

type Parts = Pick<ReceiveCase, 'path' | 'contentType' | 'parse' | 'body'>;

function generate(count: number, seed: number, create: (random: Random) => Parts): (Parts & { name: string })[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const one = create(random);
    return { name: `${one.path} ${one.contentType} ${index}`, ...one };
  });
}

function v2(body: string, parse: boolean): Parts {
  return { path: V2, contentType: JSON_TYPE, parse, body: Buffer.from(body) };
}

function v1(body: string, parse: boolean): Parts {
  return { path: V1, contentType: JSON_TYPE, parse, body: Buffer.from(body) };
}

const span = (fields: Record<string, unknown>): string =>
  JSON.stringify([{ traceId: hexId(7, 32), id: hexId(8, 16), ...fields }]);
const spanV1 = (fields: Record<string, unknown>): string =>
  JSON.stringify([{ traceId: hexId(7, 32), id: hexId(8, 16), timestamp: 1_700_000_000_000_000, ...fields }]);
const tagged = (tags: Record<string, string>): string => span({ timestamp: 5, tags });
const link = (rest: string): string => `${hexId(1, 32)}|${hexId(2, 16)}|a=b|${rest}`;
const tag = (key: string, value: string) => ({ key, value });

const UNUSUAL_V2: Readonly<Record<string, string>> = {
  'no JSON': '{',
  'an object': '{}',
  null: 'null',
  'an empty list': '[]',
  'a null span': '[null]',
  'a number as span': '[1]',
  'no IDs': '[{}]',
  'an empty trace ID': span({ traceId: '' }),
  'a null trace ID': '[{"traceId":null,"id":"1"}]',
  'no trace ID': '[{"id":"1","timestamp":5}]',
  'a short trace ID': span({ traceId: 'a1' }),
  'a trace ID of 17 digits': span({ traceId: hexId(3, 17) }),
  'a trace ID of 33 digits': span({ traceId: hexId(3, 33) }),
  'a trace ID that is not hexadecimal': span({ traceId: 'xyz' }),
  'an empty span ID': span({ id: '' }),
  'a zero span ID': span({ id: '0' }),
  'a span ID of 17 digits': span({ id: hexId(3, 17) }),
  'an empty parent ID': span({ parentId: '' }),
  'a null parent ID': '[{"id":"1","parentId":null}]',
  'a parent ID that is not hexadecimal': span({ parentId: 'q' }),
  'its own parent': span({ parentId: hexId(8, 16) }),
  'no time': span({ duration: 5 }),
  'a time of 0': span({ timestamp: 0 }),
  'a negative time': span({ timestamp: -1 }),
  'a negative duration': span({ duration: -1 }),
  'a fraction as time': span({ timestamp: 1.5 }),
  'a string as time': span({ timestamp: '5' }),
  'an unknown kind': span({ kind: 'FOO' }),
  'an unknown field': span({ foo: { bar: [1] } }),
  'a number as tag': '[{"id":"1","tags":{"a":1}}]',
  'a null tag': '[{"id":"1","timestamp":1,"tags":{"a":null}}]',
  'a list as tags': '[{"id":"1","tags":[]}]',
  'an annotation without time': span({ annotations: [{ value: 'x' }] }),
  'a null annotation value': '[{"id":"1","annotations":[{"timestamp":1,"value":null}]}]',
  'packed event': span({ annotations: [{ timestamp: 9, value: 'e|{"a":"b|c","n":1e3,"d":1.25,"t":true,"x":[1]}|7' }] }),
  'packed event without JSON': span({ annotations: [{ timestamp: 9, value: 'e|f|g' }] }),
  'packed event with a list': span({ annotations: [{ timestamp: 9, value: 'e|[1]|0' }] }),
  'packed event with null': span({ annotations: [{ timestamp: 9, value: 'e|null|0' }] }),
  'packed event without count': span({ annotations: [{ timestamp: 9, value: 'e|{}|x' }] }),
  'packed event of two parts': span({ annotations: [{ timestamp: 9, value: 'a|b' }] }),
  links: tagged({ 'otlp.link.0': link('{"a":1}|2'), 'otlp.link.1': link('{"p":"|"}|0'), 'otlp.link.3': 'kept' }),
  'a short link': tagged({ 'otlp.link.0': 'a|b', 'otlp.link.1': link('{}|0') }),
  'a link without IDs': tagged({ 'otlp.link.0': '|||{}|0' }),
  'a link with a wrong ID': tagged({ 'otlp.link.0': 'ab|cd||{}|0' }),
  'a link without count': tagged({ 'otlp.link.0': link('{}|-1') }),
  'error and status': tagged({ error: 'boom', 'otel.status_code': 'Ok', 'otel.status_description': 'd' }),
  'error false': tagged({ error: 'false' }),
  'status without code': tagged({ 'otel.status_description': 'd' }),
  'an unknown status': tagged({ 'otel.status_code': 'Foo' }),
  'internal kind': tagged({ 'span.kind': 'internal' }),
  'kind as tag only': tagged({ 'span.kind': 'client' }),
  'kind twice': span({ kind: 'CLIENT', tags: { 'span.kind': 'internal' } }),
  'trace state': tagged({ 'w3c.tracestate': 'a=1,b=2' }),
  'an empty endpoint': span({ localEndpoint: {}, remoteEndpoint: { serviceName: '' } }),
  'a port only': span({ localEndpoint: { port: 80 }, remoteEndpoint: { port: 81 } }),
  'a port beyond 16 bits': span({ localEndpoint: { port: 65_536 } }),
  'a wrong address': span({ localEndpoint: { ipv4: '1.2.3' } }),
  'an empty address': span({ localEndpoint: { ipv4: '', port: 1 } }),
  'addresses in other forms': span({
    localEndpoint: { ipv4: '::ffff:1.2.3.4', ipv6: '2001:0DB8:0:0:1:0:0:1' },
    remoteEndpoint: { ipv6: '1.2.3.4', serviceName: 'peer' },
  }),
  'an address with a zone': span({ localEndpoint: { ipv6: 'fe80::1%eth0' } }),
  'the source of the service name': span({
    localEndpoint: { serviceName: 'fn' },
    tags: { 'otlp.service.name.source': 'faas.name', 'faas.id': 'f', 'cloud.region': 'eu' },
  }),
  'resource tags without a service': tagged({ 'host.name': 'h', a: 'b' }),
  'scope tags': span({
    localEndpoint: { serviceName: 's' },
    tags: { 'otel.library.name': 'l', 'otel.library.version': '1', 'otel.scope.version': '2' },
  }),
  'scope tags of both kinds': tagged({ 'otel.library.name': 'l', 'otel.scope.name': 's' }),
  'a version without a scope': tagged({ 'otel.scope.version': '2' }),
};

const UNUSUAL_V1: Readonly<Record<string, string>> = {
  'no JSON': '[',
  'an empty list': '[]',
  'no IDs': '[{}]',
  'a trace ID of 8 digits': spanV1({ traceId: hexId(3, 8) }),
  'a trace ID of 16 digits': spanV1({ traceId: hexId(3, 16) }),
  'a zero trace ID': spanV1({ traceId: '0'.repeat(32) }),
  'a zero span ID': spanV1({ id: '0'.repeat(16) }),
  'a zero parent ID': spanV1({ parentId: '0'.repeat(16) }),
  'a short parent ID': spanV1({ parentId: 'ab' }),
  'no time': spanV1({ timestamp: 0 }),
  'a negative time': spanV1({ timestamp: -5, duration: 7 }),
  'a null annotation': '[{"traceId":"0000000000000001","id":"0000000000000001","timestamp":9,"annotations":[null]}]',
  'an annotation without value': spanV1({ annotations: [{ timestamp: 5, value: '' }] }),
  'a negative annotation': spanV1({ timestamp: 0, annotations: [{ timestamp: -5, value: 'x' }] }),
  'a Boolean tag':
    '[{"traceId":"0000000000000001","id":"0000000000000001","binaryAnnotations":[{"key":"sa","value":true}]}]',
  'a local component': spanV1({ binaryAnnotations: [tag('lc', 'worker')] }),
  'statuses of the census': spanV1({
    binaryAnnotations: [tag('census.status_code', '5'), tag('census.status_description', 'd'), tag('error', 'e')],
  }),
  'status OK of the census': spanV1({ binaryAnnotations: [tag('census.status_code', '0')] }),
  'status of OpenTelemetry': spanV1({
    binaryAnnotations: [tag('otel.status_code', '2'), tag('otel.status_description', 'd')],
  }),
  'a named status': spanV1({ binaryAnnotations: [tag('otel.status_code', 'STATUS_CODE_ERROR')] }),
  'an HTTP status of 404': spanV1({
    binaryAnnotations: [tag('http.status_code', '404'), tag('http.status_message', 'gone')],
  }),
  'an HTTP status of 200': spanV1({
    binaryAnnotations: [tag('http.status_code', '200'), tag('http.status_message', 'fine')],
  }),
  'an error with a message': spanV1({
    binaryAnnotations: [
      tag('error', 'x'),
      tag('otel.status_description', 'why'),
      tag('opencensus.status_description', ''),
    ],
  }),
  'a service in a tag': spanV1({
    binaryAnnotations: [{ key: 'a', value: 'b', endpoint: { serviceName: 'svc', ipv4: '1.1.1.1', port: 5 } }],
  }),
  'the unknown service': spanV1({
    annotations: [{ timestamp: 5, value: 'cs', endpoint: { serviceName: 'unknown-service', ipv4: '1.1.1.1' } }],
  }),
  'a port beyond 32 bits': spanV1({ annotations: [{ timestamp: 5, value: 'cs', endpoint: { port: 2 ** 31 } }] }),
};
