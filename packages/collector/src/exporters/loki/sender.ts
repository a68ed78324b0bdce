import { type Batch, forEachLogRecord, WireWriter } from '@otelier/otlp';
import { compress } from '@otelier/transport/compression';
import type { Sender } from '../../component/contract.ts';
import { PostClient, type PostClientOptions } from '../../component/http/post-client.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { type DefaultLabels, lokiEntry } from './entry.ts';

/** Options for `createLokiSender`. */
export interface LokiSenderOptions extends PostClientOptions {
  readonly labels: DefaultLabels;
}

/** The entries of a tenant. */
interface PushRequest extends OutgoingRequest {
  readonly body: Uint8Array;
  readonly tenant: string;
}

interface StreamEntry {
  readonly timeUnixNano: bigint;
  readonly line: string;
}

type Streams = Map<string, StreamEntry[]>;

const HEADERS = { 'content-type': 'application/x-protobuf' };

/** Creates a sender that sends batches to the push API of Loki, one request for each tenant. */
export function createLokiSender(options: LokiSenderOptions): Sender {
  const client = new PostClient(options);
  return createRequestSender<PushRequest>({
    client,
    encode: (batch) => encode(batch, options),
    send({ body, tenant }, { context }, abort) {
      const headers = tenant === '' ? HEADERS : { ...HEADERS, 'x-scope-orgid': tenant };
      return client.post({ body, headers, context, abort });
    },
  });
}

async function encode({ parts }: Batch, { labels, now }: LokiSenderOptions): Promise<EncodedBatch<PushRequest>> {
  const tenants = new Map<string, Streams>();
  let rejectedItems = 0;
  let reason = '';
  const receivedNanos = BigInt(Math.floor(now())) * 1_000_000n;
  for (const part of parts)
    forEachLogRecord(part, (record) => {
      const entry = lokiEntry(record, labels, receivedNanos);
      if (typeof entry === 'string') {
        rejectedItems += 1;
        reason ||= entry;
        return;
      }
      const streams = getOrAdd(tenants, entry.tenant, (): Streams => new Map());
      getOrAdd(streams, entry.labels, (): StreamEntry[] => []).push(entry);
    });
  const requests: PushRequest[] = [];
  for (const [tenant, streams] of tenants) {
    const itemCount = [...streams.values()].reduce((sum, { length }) => sum + length, 0);
    requests.push({ tenant, itemCount, body: await compress('snappy', [encodePush(streams)]) });
  }
  return { requests, rejectedItems, reason };
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

/** Encodes `logproto.PushRequest`. */
function encodePush(streams: Streams): Uint8Array {
  const writer = new WireWriter(4096);
  for (const [labels, entries] of streams) {
    writer.open(1);
    writer.stringField(1, labels);
    for (const { timeUnixNano, line } of entries) {
      writer.open(2);
      writer.open(1);
      writer.bigIntField(1, timeUnixNano / NANOS);
      writer.varintField(2, Number(timeUnixNano % NANOS));
      writer.close();
      writer.stringField(2, line);
      writer.close();
    }
    writer.close();
  }
  return writer.finish();
}

const NANOS = 1_000_000_000n;
