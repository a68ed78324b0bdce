import protobuf from 'protobufjs';

/** The messages of pages in protobuf (`io.prometheus.client`). */
const { root } = protobuf.parse(
  `syntax = "proto3";
message LabelPair { string name = 1; string value = 2; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Exemplar { repeated LabelPair label = 1; double value = 2; Timestamp timestamp = 3; }
message Gauge { double value = 1; }
message Counter { double value = 1; Exemplar exemplar = 2; Timestamp created_timestamp = 3; }
message Quantile { double quantile = 1; double value = 2; }
message Summary { uint64 sample_count = 1; double sample_sum = 2; repeated Quantile quantile = 3; Timestamp created_timestamp = 4; }
message Untyped { double value = 1; }
message BucketSpan { sint32 offset = 1; uint32 length = 2; }
message Bucket { uint64 cumulative_count = 1; double upper_bound = 2; Exemplar exemplar = 3; double cumulative_count_float = 4; }
message Histogram {
  uint64 sample_count = 1; double sample_sum = 2; repeated Bucket bucket = 3; double sample_count_float = 4;
  sint32 schema = 5; double zero_threshold = 6; uint64 zero_count = 7; double zero_count_float = 8;
  repeated BucketSpan negative_span = 9; repeated sint64 negative_delta = 10; repeated double negative_count = 11;
  repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13; repeated double positive_count = 14;
  Timestamp created_timestamp = 15; repeated Exemplar exemplars = 16;
}
message Metric {
  repeated LabelPair label = 1; Gauge gauge = 2; Counter counter = 3; Summary summary = 4; Untyped untyped = 5;
  int64 timestamp_ms = 6; Histogram histogram = 7;
}
message MetricFamily { string name = 1; string help = 2; int32 type = 3; repeated Metric metric = 4; string unit = 5; }`,
  { keepCase: true },
);

/** Encodes metric families as a page. */
export function encodeFamilies(families: readonly object[]): Uint8Array {
  const type = root.lookupType('MetricFamily');
  return Buffer.concat(families.map((family) => Buffer.from(type.encodeDelimited(type.fromObject(family)).finish())));
}
