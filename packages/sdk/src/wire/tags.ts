/**
 * Tags of the messages that the library writes: field number * 8 + wire type (opentelemetry-proto 1.x). They are
 * separate constants rather than tables, so that bundlers inline them.
 */

// Levels of an export request, which are the same for all signals.
export const REQUEST_RESOURCE_LEVEL = 0x0a;
export const RESOURCE_LEVEL_RESOURCE = 0x0a;
export const RESOURCE_LEVEL_SCOPE_LEVEL = 0x12;
export const SCOPE_LEVEL_SCOPE = 0x0a;
/** A span, log record or metric. */
export const ITEM = 0x12;
/** Field of both the resource and the scope level. */
export const SCHEMA_URL = 0x1a;

// opentelemetry/proto/common/v1/common.proto, opentelemetry/proto/resource/v1/resource.proto
export const KEY_VALUE_KEY = 0x0a;
export const KEY_VALUE_VALUE = 0x12;
export const ANY_STRING = 0x0a;
export const ANY_BOOL = 0x10;
export const ANY_INT = 0x18;
export const ANY_DOUBLE = 0x21;
export const ANY_ARRAY = 0x2a;
export const ANY_KEY_VALUES = 0x32;
export const ANY_BYTES = 0x3a;
/** Field of both arrays and key-value lists. */
export const LIST_VALUES = 0x0a;
export const SCOPE_NAME = 0x0a;
export const SCOPE_VERSION = 0x12;
export const SCOPE_ATTRIBUTES = 0x1a;
export const RESOURCE_ATTRIBUTES = 0x0a;

// opentelemetry/proto/trace/v1/trace.proto
export const SPAN_TRACE_ID = 0x0a;
export const SPAN_SPAN_ID = 0x12;
export const SPAN_TRACE_STATE = 0x1a;
export const SPAN_PARENT_SPAN_ID = 0x22;
export const SPAN_NAME = 0x2a;
export const SPAN_KIND = 0x30;
export const SPAN_START_TIME = 0x39;
export const SPAN_END_TIME = 0x41;
export const SPAN_ATTRIBUTES = 0x4a;
export const SPAN_EVENTS = 0x5a;
export const SPAN_DROPPED_EVENTS = 0x60;
export const SPAN_LINKS = 0x6a;
export const SPAN_DROPPED_LINKS = 0x70;
export const SPAN_STATUS = 0x7a;
export const SPAN_FLAGS = 0x85;
export const EVENT_TIME = 0x09;
export const EVENT_NAME = 0x12;
export const EVENT_ATTRIBUTES = 0x1a;
export const LINK_TRACE_ID = 0x0a;
export const LINK_SPAN_ID = 0x12;
export const LINK_TRACE_STATE = 0x1a;
export const LINK_ATTRIBUTES = 0x22;
export const LINK_FLAGS = 0x35;
export const STATUS_MESSAGE = 0x12;
export const STATUS_CODE = 0x18;

// opentelemetry/proto/logs/v1/logs.proto
export const LOG_TIME = 0x09;
export const LOG_SEVERITY_NUMBER = 0x10;
export const LOG_SEVERITY_TEXT = 0x1a;
export const LOG_BODY = 0x2a;
export const LOG_ATTRIBUTES = 0x32;
export const LOG_FLAGS = 0x45;
export const LOG_TRACE_ID = 0x4a;
export const LOG_SPAN_ID = 0x52;
export const LOG_OBSERVED_TIME = 0x59;
export const LOG_EVENT_NAME = 0x62;

// opentelemetry/proto/metrics/v1/metrics.proto
export const METRIC_NAME = 0x0a;
export const METRIC_DESCRIPTION = 0x12;
export const METRIC_UNIT = 0x1a;
export const METRIC_GAUGE = 0x2a;
export const METRIC_SUM = 0x3a;
export const METRIC_HISTOGRAM = 0x4a;
export const METRIC_EXPONENTIAL_HISTOGRAM = 0x52;
/** Field of gauges, sums and both kinds of histograms. */
export const DATA_POINTS = 0x0a;
export const DATA_TEMPORALITY = 0x10;
export const DATA_IS_MONOTONIC = 0x18;
/** Field of all kinds of data points. */
export const POINT_START_TIME = 0x11;
export const POINT_TIME = 0x19;
export const NUMBER_DOUBLE = 0x21;
export const NUMBER_EXEMPLARS = 0x2a;
export const NUMBER_INT = 0x31;
export const NUMBER_ATTRIBUTES = 0x3a;
/** Field of data points of both kinds of histograms. */
export const HISTOGRAM_COUNT = 0x21;
export const HISTOGRAM_SUM = 0x29;
export const HISTOGRAM_BUCKET_COUNTS = 0x32;
export const HISTOGRAM_BOUNDS = 0x3a;
export const HISTOGRAM_EXEMPLARS = 0x42;
export const HISTOGRAM_ATTRIBUTES = 0x4a;
export const HISTOGRAM_MIN = 0x59;
export const HISTOGRAM_MAX = 0x61;
export const EXPONENTIAL_ATTRIBUTES = 0x0a;
export const EXPONENTIAL_SCALE = 0x30;
export const EXPONENTIAL_ZERO_COUNT = 0x39;
export const EXPONENTIAL_POSITIVE = 0x42;
export const EXPONENTIAL_NEGATIVE = 0x4a;
export const EXPONENTIAL_EXEMPLARS = 0x5a;
export const EXPONENTIAL_MIN = 0x61;
export const EXPONENTIAL_MAX = 0x69;
export const BUCKETS_OFFSET = 0x08;
export const BUCKETS_COUNTS = 0x12;
export const EXEMPLAR_TIME = 0x11;
export const EXEMPLAR_DOUBLE = 0x19;
export const EXEMPLAR_SPAN_ID = 0x22;
export const EXEMPLAR_TRACE_ID = 0x2a;
export const EXEMPLAR_INT = 0x31;
export const EXEMPLAR_ATTRIBUTES = 0x3a;
