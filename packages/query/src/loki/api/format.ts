import type { Statistics } from '../../logql/evaluate/statistics.ts';
import type { LabelMap } from '../../logql/pipeline/entry-labels.ts';
import type { PipelineEntry } from '../../logql/pipeline/stage.ts';
import { formatDecimal } from '../../promql/format-number.ts';
import type { QueryResult, ResultSeries } from '../../promql/result.ts';

/** The result of a query as data of a response. */
export interface ResultData {
  readonly resultType: string;
  readonly result: unknown;
  readonly encodingFlags?: readonly string[];
}

/**
 * Returns the data of a response for a metric query.
 */
export function metricData(result: QueryResult): ResultData {
  switch (result.kind) {
    case 'scalar':
      return { resultType: 'scalar', result: [result.time / 1000, formatValue(result.value)] };
    case 'vector':
      return {
        resultType: 'vector',
        result: result.series.map((one) => ({ metric: metricOf(one), value: pointsOf(one)[0] })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: result.series.map((one) => ({ metric: metricOf(one), values: pointsOf(one) })),
      };
    case 'string':
      throw new Error('expected numbers, got a string');
  }
}

function metricOf({ labels }: ResultSeries): object {
  return labels.toObject();
}

function pointsOf({ times, samples }: ResultSeries): readonly (readonly [number, string])[] {
  return samples.map((sample, index) => [(times[index] ?? 0) / 1000, formatValue(Number(sample))]);
}

function formatValue(value: number): string {
  return formatDecimal(value);
}

/** Returns the data of a response for a log query: entries by stream. */
export function streamData(entries: readonly PipelineEntry[], isCategorized: boolean): ResultData {
  const streams = new Map<string, { readonly stream: object; readonly values: unknown[] }>();
  for (const { time, line, labels } of entries) {
    const { stream, metadata, parsed } = labels.categories();
    const own = isCategorized ? stream : labels.toMap();
    const key = keyOf(own);
    const group = streams.get(key) ?? { stream: objectOf(own), values: [] };
    streams.set(key, group);
    const categories = {
      ...(metadata.size > 0 && { structuredMetadata: objectOf(metadata) }),
      ...(parsed.size > 0 && { parsed: objectOf(parsed) }),
    };
    group.values.push(isCategorized ? [`${time}`, line, categories] : [`${time}`, line]);
  }
  return {
    resultType: 'streams',
    ...(isCategorized && { encodingFlags: ['categorize-labels'] }),
    result: [...streams.values()],
  };
}

function objectOf(labels: LabelMap): Record<string, string> {
  return Object.fromEntries([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf(labels: LabelMap): string {
  return [...labels]
    .map(([name, value]) => `${name}\xff${value}`)
    .sort()
    .join('\xfe');
}

/** Returns what a query read, in Loki's form. What does not exist here is 0. */
export function statisticsOf({ lines, bytes, kept }: Statistics, millis: number, returned: number): object {
  const seconds = Math.max(millis, 0.001) / 1000;
  const store = {
    totalChunksRef: 0,
    totalChunksDownloaded: 0,
    chunksDownloadTime: 0,
    queryReferencedStructuredMetadata: false,
    chunk: {
      headChunkBytes: 0,
      headChunkLines: 0,
      decompressedBytes: bytes,
      decompressedLines: lines,
      compressedBytes: 0,
      totalDuplicates: 0,
      headChunkStructuredMetadataBytes: 0,
      decompressedStructuredMetadataBytes: 0,
      postFilterLines: kept,
    },
    chunkRefsFetchTime: 0,
    congestionControlLatency: 0,
    pipelineWrapperFilteredLines: 0,
  };
  const none = { ...store, chunk: { ...store.chunk, decompressedBytes: 0, decompressedLines: 0, postFilterLines: 0 } };
  return {
    summary: {
      bytesProcessedPerSecond: Math.round(bytes / seconds),
      linesProcessedPerSecond: Math.round(lines / seconds),
      totalBytesProcessed: bytes,
      totalLinesProcessed: lines,
      execTime: seconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: returned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: kept,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: { store },
    ingester: { totalReached: 0, totalChunksMatched: 0, totalBatches: 0, totalLinesSent: 0, store: none },
    cache: {},
    index: { totalChunks: 0, postFilterChunks: 0, shardsDuration: 0, usedBloomFilters: false },
  };
}
