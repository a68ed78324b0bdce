import { isPlainMetricName } from '@otelier/query/prometheus-wire';
import { formatFloat, formatOpenMetricsFloat } from '../../prometheus/format.ts';
import type { ExportedExemplar, PointData } from '../../prometheus/points.ts';
import { cumulativeBuckets } from './buckets.ts';
import type { FamilySeries, ServedFamily } from './families.ts';

/** Options for `encodeText`. */
interface TextOptions {
  readonly isOpenMetrics: boolean;
  readonly sendTimestamps: boolean;
}

/** Encodes families in the text format 0.0.4 or in OpenMetrics 1.0. */
export function encodeText(families: readonly ServedFamily[], options: TextOptions): string {
  const writer = new TextWriter(options);
  for (const family of families) writer.family(family);
  return writer.finish();
}

type Labels = FamilySeries['labels'];

/** Maximum number of characters of the labels of an exemplar in OpenMetrics. */
const MAX_EXEMPLAR_LENGTH = 128;

class TextWriter {
  readonly #lines: string[] = [];
  readonly #isOpenMetrics: boolean;
  readonly #sendTimestamps: boolean;

  constructor({ isOpenMetrics, sendTimestamps }: TextOptions) {
    this.#isOpenMetrics = isOpenMetrics;
    this.#sendTimestamps = sendTimestamps;
  }

  finish(): string {
    if (this.#isOpenMetrics) this.#lines.push('# EOF');
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }

  family({ name, help, type, series }: ServedFamily): void {
    const isCounter = this.#isOpenMetrics && type === 'counter';
    const declared = isCounter && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
    const shownType = this.#isOpenMetrics && type === 'untyped' ? 'unknown' : type;
    const shown = isPlainMetricName(declared) ? declared : quoted(declared);
    if (help !== '') this.#lines.push(`# HELP ${shown} ${this.#isOpenMetrics ? escaped(help) : escapedHelp(help)}`);
    this.#lines.push(`# TYPE ${shown} ${shownType}`);
    const sampleName = isCounter ? `${declared}_total` : name;
    for (const one of series) this.#series(sampleName, one);
  }

  #series(name: string, { labels, point }: FamilySeries): void {
    const time = point === undefined ? undefined : Number(point.timeUnixNano / 1_000_000n);
    const data: PointData = point?.data ?? { kind: 'number', value: 1 };
    const exemplars = point?.exemplars ?? [];
    switch (data.kind) {
      case 'number':
        this.#sample(name, labels, data.value, time, point?.metric.isMonotonic ? exemplars[0] : undefined);
        break;
      case 'summary':
        for (const { quantile, value } of [...data.quantiles].sort((a, b) => a.quantile - b.quantile))
          this.#sample(name, [...labels, ['quantile', this.#bound(quantile)]], value, time);
        this.#sample(`${name}_sum`, labels, data.sum, time);
        this.#sample(`${name}_count`, labels, data.count, time);
        break;
      default:
        for (const { bound, count, exemplar } of cumulativeBuckets(data, exemplars))
          this.#sample(`${name}_bucket`, [...labels, ['le', this.#bound(bound)]], count, time, exemplar);
        this.#sample(`${name}_sum`, labels, data.sum ?? 0, time);
        this.#sample(`${name}_count`, labels, data.count, time);
    }
  }

  #bound(value: number): string {
    return this.#isOpenMetrics ? formatOpenMetricsFloat(value) : formatFloat(value);
  }

  #sample(name: string, labels: Labels, value: number, millis: number | undefined, exemplar?: ExportedExemplar): void {
    const number = this.#isOpenMetrics ? formatOpenMetricsFloat(value) : formatFloat(value);
    let line = `${seriesText(name, labels)} ${number}`;
    if (this.#sendTimestamps && millis !== undefined)
      line += ` ${this.#isOpenMetrics ? formatOpenMetricsFloat(millis / 1000) : millis}`;
    if (this.#isOpenMetrics && exemplar !== undefined) line += exemplarText(exemplar);
    this.#lines.push(line);
  }
}

function exemplarText({ labels, value, timeMillis }: ExportedExemplar): string {
  const length = labels.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  const shown = length > MAX_EXEMPLAR_LENGTH ? [] : labels;
  const time = timeMillis === 0 ? '' : ` ${formatOpenMetricsFloat(timeMillis / 1000)}`;
  return ` # {${shown.map(labelText).join(',')}} ${formatOpenMetricsFloat(value)}${time}`;
}

function seriesText(name: string, labels: Labels): string {
  const texts = labels.map(labelText);
  if (!isPlainMetricName(name)) return `{${[quoted(name), ...texts].join(',')}}`;
  return texts.length === 0 ? name : `${name}{${texts.join(',')}}`;
}

function labelText([name, value]: readonly [string, string]): string {
  return `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quoted(name)}=${quoted(value)}`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
}

function escapedHelp(text: string): string {
  return text.replace(/[\\\n]/g, (one) => (one === '\n' ? '\\n' : '\\\\'));
}
