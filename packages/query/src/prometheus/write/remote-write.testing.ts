import { compress } from '@otelier/transport/compression';
import protobuf from 'protobufjs';

/** The messages of both versions, as the specifications of remote write define them. */
const PROTO = `
syntax = "proto3";
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message MetricMetadata { uint32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message TimeSeries {
  repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4;
}
message Span { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  oneof c { uint64 count_int = 1; double count_float = 2; }
  double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  oneof z { uint64 zero_count_int = 6; double zero_count_float = 7; }
  repeated Span negative_spans = 8; repeated sint64 negative_deltas = 9; repeated double negative_counts = 10;
  repeated Span positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13;
  uint32 reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16; int64 start_timestamp = 17;
}
message Request { repeated string symbols = 4; repeated TimeSeries2 timeseries = 5; }
message TimeSeries2 {
  repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
  repeated Exemplar2 exemplars = 4; Metadata2 metadata = 5; int64 created_timestamp = 6;
}
message Exemplar2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message ReadResponse { repeated QueryResult results = 1; }
message QueryResult { repeated TimeSeries timeseries = 1; }
message Metadata2 { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
`;
const { root } = protobuf.parse(PROTO, { keepCase: true });

/** A series of a test, with labels as an object. */
export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples?: readonly { readonly value: number; readonly timestamp: number }[];
  readonly histograms?: readonly object[];
  readonly exemplars?: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timestamp: number;
  }[];
}

/** Encodes a request of remote write 1.0, without compression. */
export function encodeV1(series: readonly TestSeries[]): Uint8Array {
  const pairs = (labels: TestSeries['labels']) => Object.entries(labels).map(([name, value]) => ({ name, value }));
  const timeseries = series.map((one) => ({
    ...one,
    labels: pairs(one.labels),
    exemplars: one.exemplars?.map((exemplar) => ({ ...exemplar, labels: pairs(exemplar.labels) })),
  }));
  return encode('WriteRequest', { timeseries });
}

/** Encodes a request of remote write 2.0, without compression. */
export function encodeV2(series: readonly TestSeries[]): Uint8Array {
  const symbols = [''];
  const refer = (text: string): number => {
    const index = symbols.indexOf(text);
    return index >= 0 ? index : symbols.push(text) - 1;
  };
  const references = (labels: TestSeries['labels']) => Object.entries(labels).flatMap((pair) => pair.map(refer));
  const timeseries = series.map(({ labels, exemplars, ...one }) => ({
    ...one,
    labels_refs: references(labels),
    exemplars: exemplars?.map(({ labels: own, ...exemplar }) => ({ ...exemplar, labels_refs: references(own) })),
  }));
  return encode('Request', { timeseries, symbols });
}

function encode(name: string, value: object): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(value)).finish();
}

/** Decodes the response to a remote read request with samples. */
export function decodeReadResponse(bytes: Uint8Array): object {
  const type = root.lookupType('ReadResponse');
  return type.toObject(type.decode(bytes), { longs: Number });
}

/** Sends a request body to an address, compressed as the specification demands. */
export async function sendWrite(url: string, body: Uint8Array, version: 1 | 2): Promise<Response> {
  const proto = version === 1 ? 'prometheus.WriteRequest' : 'io.prometheus.write.v2.Request';
  const compressed = await compress('snappy', [body]);
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': `application/x-protobuf;proto=${proto}`, 'content-encoding': 'snappy' },
    body: new Uint8Array(compressed),
  });
}
