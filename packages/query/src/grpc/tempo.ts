import type { WireWriter } from '@otelier/otlp';
import { quote } from '../promql/parse/literals.ts';
import { encodeMessage, type KeyValueJson, type MessageFields, writeKeyValues } from './message.ts';
import { type GrpcMethod, type GrpcService, parametersOf } from './method.ts';

/** The service `tempopb.StreamingQuerier`. Its results are not partial, so that every stream has one message. */
export const tempoService: GrpcService = {
  Search: {
    request: (message) => ({ path: '/tempo/api/search', parameters: searchParameters(message) }),
    respond: (json) => [encodeMessage((writer) => writeSearch(writer, json as SearchJson))],
  },
  SearchTags: {
    request: (message) => ({ path: '/tempo/api/search/tags', parameters: tagsParameters(message) }),
    respond: (json) => [encodeMessage((writer) => writeTexts(writer, 1, (json as { tagNames: string[] }).tagNames))],
  },
  SearchTagsV2: {
    request: (message) => ({ path: '/tempo/api/v2/search/tags', parameters: tagsParameters(message) }),
    respond: (json) => [
      encodeMessage((writer) => {
        for (const { name, tags } of (json as { scopes: readonly { name: string; tags: string[] }[] }).scopes)
          writer.message(1, (scope) => writeTexts(scope.stringField(1, name), 2, tags));
      }),
    ],
  },
  SearchTagValues: {
    request: (message) => valuesRequest(message, '/tempo/api/search/tag'),
    respond: (json) => [encodeMessage((writer) => writeTexts(writer, 1, (json as { tagValues: string[] }).tagValues))],
  },
  SearchTagValuesV2: {
    request: (message) => valuesRequest(message, '/tempo/api/v2/search/tag'),
    respond: (json) => [
      encodeMessage((writer) => {
        for (const { type, value } of (json as { tagValues: readonly Record<'type' | 'value', string>[] }).tagValues)
          writer.message(1, (one) => one.stringField(1, type).stringField(2, value));
      }),
    ],
  },
  MetricsQueryRange: metricsMethod('/tempo/api/metrics/query_range', (message) => ({
    step: message.number(4) === 0n ? '' : `${message.number(4)}ns`,
    exemplars: message.number(16),
  })),
  MetricsQueryInstant: metricsMethod('/tempo/api/metrics/query', () => ({})),
};

function searchParameters(message: MessageFields): URLSearchParams {
  const tags = message.entries(1).map(([name, value]) => `${name}=${quote(value)}`);
  return parametersOf({
    q: message.text(8),
    tags: tags.join(' '),
    minDuration: millis(message.number(2)),
    maxDuration: millis(message.number(3)),
    limit: message.number(4),
    start: message.number(5),
    end: message.number(6),
    spss: message.number(9),
  });
}

function millis(value: bigint): string {
  return value === 0n ? '' : `${value}ms`;
}

function tagsParameters(message: MessageFields): URLSearchParams {
  return parametersOf({
    scope: message.text(1),
    q: message.text(2),
    start: message.number(3),
    end: message.number(4),
    limit: message.number(5),
  });
}

function valuesRequest(message: MessageFields, path: string): ReturnType<GrpcMethod['request']> {
  const parameters = parametersOf({
    q: message.text(2),
    start: message.number(4),
    end: message.number(5),
    limit: message.number(6),
  });
  return { path: `${path}/${encodeURIComponent(message.text(1) || '.')}/values`, parameters };
}

function metricsMethod(
  path: string,
  own: (message: MessageFields) => Readonly<Record<string, string | bigint>>,
): GrpcMethod {
  return {
    request: (message) => ({
      path,
      parameters: parametersOf({
        q: message.text(1),
        start: nanosText(message.number(2)),
        end: nanosText(message.number(3)),
        ...own(message),
      }),
    }),
    respond: (json) => [encodeMessage((writer) => writeMetrics(writer, json as MetricsJson))],
  };
}

/** Formats a time in nanoseconds so that it is not read as seconds. */
function nanosText(nanos: bigint): string {
  return nanos === 0n ? '' : String(nanos).padStart(11, '0');
}

function writeTexts(writer: WireWriter, field: number, texts: readonly string[]): void {
  for (const text of texts) writer.stringField(field, text);
}

interface SpanSetJson {
  readonly spans: readonly {
    readonly spanID: string;
    readonly name?: string;
    readonly startTimeUnixNano: string;
    readonly durationNanos: string;
    readonly attributes?: readonly KeyValueJson[];
  }[];
  readonly matched: number;
  readonly attributes?: readonly KeyValueJson[];
}

interface SearchJson {
  readonly traces: readonly {
    readonly traceID: string;
    readonly rootServiceName: string;
    readonly rootTraceName?: string;
    readonly startTimeUnixNano: string;
    readonly durationMs: number;
    readonly spanSet?: SpanSetJson;
    readonly spanSets?: readonly SpanSetJson[];
    readonly serviceStats: Readonly<Record<string, { readonly spanCount: number; readonly errorCount?: number }>>;
  }[];
  readonly metrics: { readonly inspectedTraces: number };
}

function writeSearch(writer: WireWriter, { traces, metrics }: SearchJson): void {
  for (const trace of traces) {
    writer.message(1, (out) => {
      out.stringField(1, trace.traceID).stringField(2, trace.rootServiceName);
      out.stringField(3, trace.rootTraceName ?? '').bigIntField(4, BigInt(trace.startTimeUnixNano));
      out.varintField(5, Math.min(Math.max(0, trace.durationMs), 2 ** 32 - 1));
      const { spanSet, spanSets = [] } = trace;
      if (spanSet !== undefined) out.message(6, (set) => writeSpanSet(set, spanSet));
      for (const one of spanSets) out.message(7, (set) => writeSpanSet(set, one));
      for (const [service, { spanCount, errorCount = 0 }] of Object.entries(trace.serviceStats)) {
        out.message(8, (entry) =>
          entry
            .stringField(1, service)
            .message(2, (stats) => stats.varintField(1, spanCount).varintField(2, errorCount)),
        );
      }
    });
  }
  writeJobs(writer, metrics.inspectedTraces);
}

/** Clients take a search as finished when all jobs are. */
function writeJobs(writer: WireWriter, inspectedTraces: number): void {
  writer.message(2, (out) => out.varintField(1, inspectedTraces).varintField(4, 1).varintField(5, 1));
}

function writeSpanSet(writer: WireWriter, { spans, matched, attributes }: SpanSetJson): void {
  for (const span of spans) {
    writer.message(1, (out) => {
      out.stringField(1, span.spanID).stringField(2, span.name ?? '');
      out.bigIntField(3, BigInt(span.startTimeUnixNano)).bigIntField(4, BigInt(span.durationNanos));
      writeKeyValues(out, 5, span.attributes);
    });
  }
  writer.varintField(2, matched);
  writeKeyValues(writer, 3, attributes);
}

interface MetricsJson {
  readonly series: readonly {
    readonly labels: readonly KeyValueJson[];
    readonly value?: number | string;
    readonly samples?: readonly { readonly timestampMs: string; readonly value: number | string }[];
    readonly exemplars?: readonly {
      readonly labels: readonly KeyValueJson[];
      readonly value: number | string;
      readonly timestampMs: string;
    }[];
  }[];
  readonly status?: string;
  readonly message?: string;
}

function writeMetrics(writer: WireWriter, { series, status, message }: MetricsJson): void {
  for (const { labels, value, samples = [], exemplars = [] } of series) {
    writer.message(1, (out) => {
      writeKeyValues(out, 1, labels);
      if (value !== undefined) out.doubleField(2, Number(value));
      for (const sample of samples) {
        out.message(2, (one) => one.doubleField(1, Number(sample.value)).bigIntField(2, BigInt(sample.timestampMs)));
      }
      for (const exemplar of exemplars) {
        out.message(4, (one) => {
          writeKeyValues(one, 1, exemplar.labels);
          one.doubleField(2, Number(exemplar.value)).bigIntField(3, BigInt(exemplar.timestampMs));
        });
      }
    });
  }
  writeJobs(writer, 0);
  writer.varintField(3, status === 'PARTIAL' ? 1 : 0).stringField(4, message ?? '');
}
