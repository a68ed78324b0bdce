import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit';
import { decodePostSpans } from '../../../packages/collector/src/receivers/jaeger/decode-protobuf.ts';
import { spansOfProtobuf } from '../../../packages/collector/src/receivers/jaeger/to-spans.ts';
import { jaeger } from '../../../packages/collector/src/receivers/jaeger.ts';
import { writeSpans } from '../../../packages/collector/src/spans/write-spans.ts';
import type { ReceiveCase } from './case.ts';
import { jaegerCases } from './jaeger-cases.ts';
import { spanTexts } from './normalize.ts';
import { readRecording } from './records.ts';

const NOWHERE = { endpoint: '127.0.0.1:0' };
const socket = createSocket('udp4');
let bench: ComponentBench;
before(async () => {
  const config = { protocols: { thrift_http: NOWHERE, thrift_compact: NOWHERE, thrift_binary: NOWHERE } };
  bench = await createComponentBench(jaeger, { config });
  await bench.start();
});
after(async () => {
  socket.close();
  await bench.service.shutdown();
});

test('Jaeger requests become the spans that the Collector makes of them', async () => {
  const { names, outcomes } = readRecording('jaeger');
  const cases = jaegerCases();
  assert.deepEqual(
    names,
    cases.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  for (const [index, one] of cases.entries()) {
    const { status, request } = outcomes[index] ?? {};
    const spans = spanTexts(request);
    assert.deepEqual({ name: one.name, ...(await receive(one, spans.length)) }, { name: one.name, status, spans });
  }
});

async function receive(one: ReceiveCase, expectedCount: number) {
  bench.received.length = 0;
  if (one.kind === 'jaeger_grpc') {
    // Calls are received in the tests of the receiver.
    const { bytes } = writeSpans(spansOfProtobuf(decodePostSpans(one.body)));
    return { status: undefined, spans: spanTexts(JSON.parse(requestToJson('traces', bytes))) };
  }
  const status = one.kind === 'jaeger_http' ? await post(one) : await send(one, expectedCount);
  const spans = bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => spanTexts(JSON.parse(requestToJson('traces', part)))),
  );
  return { status, spans };
}

async function post({ path = '', contentType = '', body }: ReceiveCase): Promise<number> {
  const init = { method: 'POST', headers: { 'content-type': contentType }, body: Buffer.from(body) };
  const response = await fetch(`http://${addressOf('http', 0)}${path}`, init);
  await response.text();
  return response.status;
}

/** Datagrams have no response: where no span is expected, the next case shows that none came. */
async function send({ kind, body }: ReceiveCase, expectedCount: number): Promise<undefined> {
  const [host, port] = addressOf('udp', kind === 'jaeger_compact' ? 0 : 1).split(':');
  await new Promise<void>((resolve) => socket.send(body, Number(port), host, () => resolve()));
  while (expectedCount > 0 && bench.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return undefined;
}

function addressOf(protocol: string, index: number): string {
  const endpoints = bench.service.host.endpoints().filter((endpoint) => endpoint.protocol === protocol);
  return endpoints[index]?.address ?? '';
}
