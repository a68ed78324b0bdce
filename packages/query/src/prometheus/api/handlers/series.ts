import { compareBytes, compareLabels, type Labels } from '../../../promql/labels/labels.ts';
import type { Matcher } from '../../../promql/labels/matcher.ts';
import { compileAnchored } from '../../../promql/labels/matcher.ts';
import { type PrometheusHandler, type PrometheusRequest, sourceOf } from '../context.ts';
import { limitOf, rangeOf, requiredSelectors, selectorsOf } from '../parameters.ts';
import { PrometheusProblem } from '../problem.ts';
import { Envelope } from './queries.ts';

/** `series`: the labels of the series that match. */
export const series: PrometheusHandler = async (request) => {
  const found = await labelsOf(request, requiredSelectors(request.parameters));
  return limited(
    request,
    found.sort(compareLabels).map((labels) => labels.toObject()),
  );
};

/** `labels`: the names of labels. */
export const labels: PrometheusHandler = async (request) => {
  const found = await labelsOf(request, selectorsOrAll(request));
  return limited(request, [...new Set(found.flatMap(({ names }) => names))].sort(compareBytes));
};

/** `label/NAME/values`: the values of a label. */
export const labelValues: PrometheusHandler = async (request) => {
  const name = unescapeName(request.argument);
  if (name === '' || !name.isWellFormed()) {
    throw new PrometheusProblem('bad_data', `invalid label name: ${JSON.stringify(request.argument)}`);
  }
  const found = await labelsOf(request, selectorsOrAll(request));
  const values = new Set(found.map((one) => one.get(name)).filter((value) => value !== ''));
  return limited(request, [...values].sort(compareBytes));
};

const EVERYTHING: readonly Matcher[] = [
  { name: '__name__', operator: '=~', value: '.+', pattern: compileAnchored('.+') },
];

function selectorsOrAll({ parameters }: PrometheusRequest): readonly (readonly Matcher[])[] {
  const selectors = selectorsOf(parameters);
  return selectors.length === 0 ? [EVERYTHING] : selectors;
}

async function labelsOf(request: PrometheusRequest, selectors: readonly (readonly Matcher[])[]): Promise<Labels[]> {
  const range = rangeOf(request.parameters, request.nowMillis());
  const source = sourceOf(request);
  const found = new Map<string, Labels>();
  for (const matchers of selectors) {
    for (const one of await source.selectLabels({ matchers, ...range })) found.set(one.key, one);
  }
  return [...found.values()];
}

function limited<T>({ parameters }: PrometheusRequest, values: readonly T[]): Envelope {
  const limit = limitOf(parameters);
  if (limit === 0 || values.length <= limit) return new Envelope(values, []);
  return new Envelope(values.slice(0, limit), ['results truncated due to limit']);
}

/** Decodes a name whose special characters are escaped: `U__http_2e_route` is `http.route`. */
export function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (match, hex?: string) =>
      hex === undefined
        ? '_'
        : Number.parseInt(hex, 16) > 0x10ffff
          ? match
          : String.fromCodePoint(Number.parseInt(hex, 16)),
    );
}
