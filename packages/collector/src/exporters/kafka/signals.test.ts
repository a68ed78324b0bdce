import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACCEPTED, type Batch, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { batchOf } from '@otelier/testkit';
import type { StoredMessage } from '../../kafka/read-topic.testing.ts';
import { fnvPartition, sent } from './send.testing.ts';

const TRACE_IDS = ['a1', 'b2', 'c3'].map((byte) => byte.repeat(16));
const SERVICES = ['shop', 'bank'];

const resource = (name: string) => ({ attributes: [{ key: 'service.name', value: { stringValue: name } }] });

/** Spans of three traces in each of two services. */
function traces(): Batch {
  const spans = TRACE_IDS.map((traceId, index) => ({
    ...{ traceId, spanId: `${index + 1}`.repeat(16), name: `span ${index}`, kind: 2 },
    ...{ startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000005000000' },
  }));
  return batchOf('traces', {
    resourceSpans: SERVICES.map((name) => ({ resource: resource(name), scopeSpans: [{ spans }] })),
  });
}

/** A metric of each service, with `value`. */
function metrics(value: string): Batch {
  const metric = { name: 'orders', gauge: { dataPoints: [{ timeUnixNano: '1', asInt: value }] } };
  return batchOf('metrics', {
    resourceMetrics: SERVICES.map((name) => ({ resource: resource(name), scopeMetrics: [{ metrics: [metric] }] })),
  });
}

function jsonOf(signal: Signal, { value }: StoredMessage): string {
  return requestToJson(signal, value);
}

suite('traces', () => {
  const send = async (config: Record<string, unknown>) => {
    const { outcome, messages } = await sent(config, traces(), ['otlp_spans']);
    assert.deepEqual(outcome, ACCEPTED);
    return messages['otlp_spans'] ?? [];
  };

  test('are one message with the bytes of the batch', async () => {
    const messages = await send({});
    assert.deepEqual(
      messages.map(({ value }) => value),
      [Buffer.concat(traces().parts)],
    );
  });

  test('are OTLP/JSON if asked for', async () => {
    const [message] = await send({ traces: { encoding: 'otlp_json' } });
    const read = requestFromJson('traces', message?.value ?? Buffer.alloc(0));
    assert.ok(read.ok);
    assert.deepEqual(Buffer.from(read.bytes), Buffer.concat(traces().parts));
  });

  test('are a list of spans of Zipkin in JSON if asked for', async () => {
    const messages = await send({ traces: { encoding: 'zipkin_json' } });
    assert.equal(messages.length, 1);
    const spans: readonly Record<string, unknown>[] = JSON.parse(String(messages[0]?.value));
    assert.deepEqual(
      spans.map(({ traceId, id, name, timestamp, duration, localEndpoint }) => {
        return { traceId, id, name, timestamp, duration, localEndpoint };
      }),
      SERVICES.flatMap((serviceName) =>
        TRACE_IDS.map((traceId, index) => ({
          ...{ traceId, id: `${index + 1}`.repeat(16), name: `span ${index}` },
          ...{ timestamp: 1_700_000_000_000_000, duration: 5000, localEndpoint: { serviceName } },
        })),
      ),
    );
  });

  test('are a list of spans of Zipkin in protobuf if asked for', async () => {
    const messages = await send({ traces: { encoding: 'zipkin_proto' } });
    assert.equal(messages.length, 1);
    const spans = fieldsOf(messages[0]?.value ?? Buffer.alloc(0));
    const found = spans.map((span) => {
      const [traceId, id, name, endpoint] = [1, 3, 5, 8].map((number) => fieldsOf(span, number)[0] ?? Buffer.alloc(0));
      const [service] = fieldsOf(endpoint ?? Buffer.alloc(0));
      return [traceId?.toString('hex'), id?.toString('hex'), String(name), String(service)];
    });
    assert.deepEqual(
      found,
      SERVICES.flatMap((service) =>
        TRACE_IDS.map((traceId, index) => [traceId, `${index + 1}`.repeat(16), `span ${index}`, service]),
      ),
    );
  });

  test('are a message for each span of Jaeger if asked for, with the trace ID as its key', async () => {
    const json = await send({ traces: { encoding: 'jaeger_json' } });
    const spans = json.map(({ key, value }) => ({ key: String(key), span: JSON.parse(String(value)) }));
    const bySpan = (a: (typeof spans)[number], b: (typeof spans)[number]) =>
      a.key.localeCompare(b.key) || a.span.process.serviceName.localeCompare(b.span.process.serviceName);
    assert.deepEqual(
      spans.sort(bySpan).map(({ key, span }) => [key, span.operationName, span.duration, span.process.serviceName]),
      TRACE_IDS.flatMap((id, index) => SERVICES.toSorted().map((service) => [id, `span ${index}`, '0.005s', service])),
    );
    const protobuf = await send({ traces: { encoding: 'jaeger_proto' } });
    const ids = protobuf.map(({ value }) => fieldsOf(value, 1)[0]?.toString('hex'));
    assert.deepEqual(
      ids.sort(),
      TRACE_IDS.flatMap((id) => [id, id]),
    );
    assert.deepEqual(protobuf.map(({ key }) => String(key)).sort(), ids);
  });

  test('have a message for each trace, whose ID is the key that decides about the partition', async () => {
    const messages = await send({ partition_traces_by_id: true });
    assert.deepEqual(messages.map(({ key }) => String(key)).sort(), TRACE_IDS);
    for (const message of messages) {
      const key = String(message.key);
      assert.equal(message.partition, fnvPartition(key, 4));
      const others = TRACE_IDS.filter((id) => id !== key);
      const json = jsonOf('traces', message);
      // The trace has a span in each of the services.
      assert.equal(json.split(key).length - 1, SERVICES.length);
      assert.ok(others.every((id) => !json.includes(id)));
    }
  });
});

suite('metrics', () => {
  const send = async (config: Record<string, unknown>, value = '5') => {
    const { outcome, messages } = await sent(config, metrics(value), ['otlp_metrics']);
    assert.deepEqual(outcome, ACCEPTED);
    return messages['otlp_metrics'] ?? [];
  };

  test('are one message with the bytes of the batch', async () => {
    const messages = await send({});
    assert.deepEqual(
      messages.map(({ value }) => value),
      [Buffer.concat(metrics('5').parts)],
    );
  });

  test('are OTLP/JSON if asked for', async () => {
    const [message] = await send({ metrics: { encoding: 'otlp_json' } });
    const read = requestFromJson('metrics', message?.value ?? Buffer.alloc(0));
    assert.ok(read.ok);
    assert.deepEqual(Buffer.from(read.bytes), Buffer.concat(metrics('5').parts));
  });

  test('have a message for each resource, whose hash is the same key in every batch', async () => {
    const byResource = { partition_metrics_by_resource_attributes: true };
    const keysOf = (messages: readonly StoredMessage[]) =>
      Object.fromEntries(
        SERVICES.map((name) => {
          const found = messages.filter((message) => jsonOf('metrics', message).includes(name));
          assert.equal(found.length, 1);
          return [name, { key: found[0]?.key?.toString('hex'), partition: found[0]?.partition }];
        }),
      );
    const first = keysOf(await send(byResource));
    assert.deepEqual(keysOf(await send(byResource, '6')), first);
    assert.equal(first['shop']?.key?.length, 32);
    assert.notEqual(first['shop']?.key, first['bank']?.key);
  });
});

/** Returns the fields with a length of a protobuf message, whose other fields have eight bytes or are integers. */
function fieldsOf(message: Buffer, number = 1): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const tag = message[at++] ?? 0;
    const start = at;
    if ((tag & 7) === 1) at += 8;
    else {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = message[at++] ?? 0;
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) break;
      }
      if ((tag & 7) === 2) {
        if (tag >> 3 === number) found.push(message.subarray(at, at + value));
        at += value;
      }
    }
    assert.ok(at > start);
  }
  return found;
}
