import { type MetricKind, WireWriter, writeKeyValue } from '@otelier/otlp';
import { unitOfSuffix } from '@otelier/query/prometheus-wire';
import { VERSION } from '../../../component/version.ts';
import { encodeAttributes } from '../../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../../metrics/metric-data.ts';
import { type MetricDataFields, MetricsWriter } from '../../../metrics/metrics-writer.ts';
import type { LabelPairs } from '../parse/exposition.ts';
import type { Collection } from './collect.ts';
import type { Family, Point } from './family.ts';
import { histogramPoint, nativePoint, numberPoint, summaryPoint } from './point-data.ts';
import { resourceAttributes } from './resource.ts';

/** A point in the order of the encoded request. */
export interface EncodedPoint {
  readonly kind: MetricKind;
  readonly point: Point;
}

/** An encoded scrape. */
export interface EncodedScrape {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly itemCount: number;
  readonly points: readonly EncodedPoint[];
}

const writer = new MetricsWriter();

/** Encodes the samples of a scrape as an OTLP request; `undefined` if it has no points. */
export function encodeScrape(
  { resources }: Collection,
  discovered: ReadonlyMap<string, string>,
  trimSuffixes: boolean,
): EncodedScrape | undefined {
  const points: EncodedPoint[] = [];
  for (const resource of resources.values()) {
    const scopes = [...resource.scopes.values()].map(({ labels, families }) => ({
      labels,
      families: [...families.values()].map((family) => ({ family, writes: writesOf(family) })).filter(hasWrites),
    }));
    if (!scopes.some(({ families }) => families.length > 0)) continue;
    writer.resource(encodeAttributes(resourceAttributes(resource, discovered)));
    for (const { labels, families } of scopes) {
      if (families.length > 0) writeScope(labels);
      for (const { family, writes } of families) {
        writeMetric(family, trimSuffixes);
        for (const { point, write } of writes) {
          write();
          points.push({ kind: kindOf(family), point });
        }
      }
    }
  }
  const written = writer.finish();
  return written === undefined ? undefined : { ...written, points };
}

function kindOf({ kind }: Family): MetricKind {
  return kind === 'other' ? 'gauge' : kind;
}

interface PointWrite {
  readonly point: Point;
  write(): void;
}

function hasWrites({ writes }: { readonly writes: readonly PointWrite[] }): boolean {
  return writes.length > 0;
}

function writesOf({ kind, points }: Family): PointWrite[] {
  const writes: PointWrite[] = [];
  for (const point of points.values()) {
    const write = writeOf(kind, point);
    if (write !== undefined) writes.push({ point, write });
  }
  return writes;
}

function writeOf(kind: Family['kind'], point: Point): (() => void) | undefined {
  switch (kind) {
    case 'histogram': {
      const fields = histogramPoint(point);
      return fields && (() => void writer.histogramPoint(fields));
    }
    case 'summary': {
      const fields = summaryPoint(point);
      return fields && (() => void writer.summaryPoint(fields));
    }
    case 'exponentialHistogram': {
      const fields = nativePoint(point);
      return fields && (() => void writer.exponentialHistogramPoint(fields));
    }
    default: {
      const fields = numberPoint(point, kind === 'sum');
      return fields && (() => void writer.numberPoint(fields));
    }
  }
}

const scopeWriter = new WireWriter(256);

function writeScope(labels: LabelPairs): void {
  if (labels.length === 0) {
    writer.namedScope('otelier', VERSION);
    return;
  }
  const textOf = (label: string): string => labels.find(([name]) => name === label)?.[1] ?? '';
  const [name, version] = [textOf('otel_scope_name'), textOf('otel_scope_version')];
  if (name !== '') scopeWriter.stringField(1, name);
  if (version !== '') scopeWriter.stringField(2, version);
  for (const [label, value] of labels) {
    if (IDENTITY.has(label)) continue;
    scopeWriter.open(3);
    writeKeyValue(scopeWriter, label.slice('otel_scope_'.length), value);
    scopeWriter.close();
  }
  writer.scope(scopeWriter.finish(), textOf('otel_scope_schema_url'));
}

const IDENTITY: ReadonlySet<string> = new Set(['otel_scope_name', 'otel_scope_version', 'otel_scope_schema_url']);

function writeMetric(family: Family, trimSuffixes: boolean): void {
  const { name, metadata } = family;
  const { help, unit, type } = metadata;
  writer.metric({
    name: trimSuffixes ? trimmedName(family) : name,
    description: help,
    unit: unitOfSuffix(unit),
    metadata: encodeAttributes([['prometheus.type', type]]),
    data: dataOf(family),
  });
}

function dataOf(family: Family): MetricDataFields {
  const { cumulative } = TEMPORALITY;
  const kind = kindOf(family);
  if (kind === 'sum') return { kind, temporality: cumulative, isMonotonic: family.isMonotonic };
  return kind === 'gauge' || kind === 'summary' ? { kind } : { kind, temporality: cumulative };
}

/** Removes the suffixes for the type and the unit. */
function trimmedName({ name, kind, metadata: { unit } }: Family): string {
  let tokens = name.split('_');
  if (tokens.length === 1) return name;
  if (kind === 'sum' && tokens.at(-1) === 'total') tokens = tokens.slice(0, -1);
  const unitTokens = unit.split('_');
  const isSuffix = tokens.length > unitTokens.length && tokens.slice(-unitTokens.length).join('_') === unit;
  return (isSuffix ? tokens.slice(0, -unitTokens.length) : tokens).join('_');
}
