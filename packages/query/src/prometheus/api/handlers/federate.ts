import { DEFAULT_OPTIONS } from '../../../promql/engine.ts';
import { compareLabels, type Labels, METRIC_NAME } from '../../../promql/labels/labels.ts';
import { SAMPLE, type SampleSeries } from '../../../promql/source.ts';
import { type PrometheusHandler, sourceOf } from '../context.ts';
import { formatNumber } from '../format.ts';
import { requiredSelectors } from '../parameters.ts';

/** `federate`: the last samples of the matching series in the text format. Native histograms have none, and are left out. */
export const federate: PrometheusHandler = async (request) => {
  const end = request.nowMillis();
  const start = end - DEFAULT_OPTIONS.lookbackMillis + 1;
  const source = sourceOf(request);
  const found = new Map<string, SampleSeries>();
  for (const matchers of requiredSelectors(request.parameters)) {
    for (const series of await source.select({ matchers, start, end })) found.set(series.labels.key, series);
  }
  const lines: string[] = [];
  let family = '';
  for (const { labels, times, values, kinds } of [...found.values()].sort((a, b) =>
    compareLabels(a.labels, b.labels),
  )) {
    const last = times.length - 1;
    if ((kinds?.[last] ?? SAMPLE.float) !== SAMPLE.float) continue;
    const name = labels.get(METRIC_NAME);
    if (name !== family) lines.push(`# TYPE ${nameText(name)} untyped`);
    family = name;
    lines.push(`${seriesText(labels)} ${formatNumber(values[last])} ${times[last]}`);
  }
  const body = lines.map((line) => `${line}\n`).join('');
  return new Response(body, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
};

function nameText(name: string): string {
  return /^[a-zA-Z_:][\w:]*$/.test(name) ? name : `"${escaped(name)}"`;
}

function seriesText(labels: Labels): string {
  const name = labels.get(METRIC_NAME);
  const isPlain = /^[a-zA-Z_:][\w:]*$/.test(name);
  const pairs = [...labels.entries()].flatMap(([key, value]) => {
    if (key === METRIC_NAME) return isPlain ? [] : [`"${escaped(name)}"`];
    return [`${/^[a-zA-Z_]\w*$/.test(key) ? key : `"${escaped(key)}"`}="${escaped(value)}"`];
  });
  return `${isPlain ? name : ''}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
