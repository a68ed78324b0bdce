import { t } from '../../../../locale/t.ts';
import type { Language } from '../../../../query/languages.ts';
import {
  type PanelContent,
  type PanelQuery,
  queryPanel,
  type Reducer,
  type SeriesOverride,
  type Shape,
  type Threshold,
} from '../../model/board.ts';
import { levelOf } from './colors.ts';
import { type DatasourceKind, type Datasources, datasourceOf } from './datasources.ts';
import { type Fields, numberOf, objectOf, objectsOf, textOf } from './fields.ts';
import { importOverrides, importRows } from './overrides.ts';
import type { Report } from './report.ts';
import { unitOf } from './units.ts';

const MAX_QUERIES = 26;

/** Shapes by Grafana's types of panels. */
const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['timeseries', 'lines'],
  ['graph', 'lines'],
  ['stat', 'stat'],
  ['singlestat', 'stat'],
  ['gauge', 'gauge'],
  ['bargauge', 'gauge'],
  ['barchart', 'gauge'],
  ['piechart', 'gauge'],
  ['table', 'table'],
  ['table-old', 'table'],
  ['heatmap', 'heat'],
  ['logs', 'list'],
  ['traces', 'list'],
]);
const REDUCERS: ReadonlyMap<string, Reducer> = new Map<string, Reducer>([
  ['last', 'last'],
  ['lastNotNull', 'last'],
  ['current', 'last'],
  ['mean', 'mean'],
  ['avg', 'mean'],
  ['min', 'min'],
  ['max', 'max'],
  ['sum', 'sum'],
  ['total', 'sum'],
]);
const LANGUAGES: ReadonlyMap<DatasourceKind, Language> = new Map<DatasourceKind, Language>([
  ['prometheus', 'promql'],
  ['loki', 'logql'],
  ['tempo', 'traceql'],
]);

/** Imports the content of a panel. Returns `undefined` if it has no counterpart; the report says why. */
export function importContent(panel: Fields, sources: Datasources, report: Report): PanelContent | undefined {
  const type = textOf(panel['type']);
  const title = textOf(panel['title']);
  if (type === 'text') return { kind: 'text', text: markdownOf(panel, report) };
  const shape = SHAPES.get(type);
  if (shape === undefined) {
    report.add(t('Panels of the type “{type}”', { type: type.slice(0, 60) }), title);
    return undefined;
  }
  if (type === 'piechart' || type === 'barchart')
    report.add(t('Panels of the type “{type}” are shown as bars', { type }), title);
  if (panel['libraryPanel'] !== undefined && panel['targets'] === undefined) {
    report.add(t('Library panels, whose content is not in the file'), title);
    return undefined;
  }
  const read = readTargets(panel, sources, report);
  if (read === undefined) return undefined;
  const { options, defaults } = settingsOf(panel);
  const custom = objectOf(defaults['custom']);
  const unit = textOf(defaults['unit']) || textOf(panel['format']) || textOf(objectsOf(panel['yaxes'])[0]?.['format']);
  const ours = unitOf(unit);
  if (ours === undefined) report.add(t('The unit “{unit}”', { unit: unit.slice(0, 40) }), title);
  reportUnused(panel, report);
  const reducer = [objectOf(options['reduceOptions'])['calcs']].flat().map(textOf)[0] ?? textOf(panel['valueName']);
  const max = numberOf(defaults['max']);
  // A share ends at one, unless the panel says otherwise.
  const end = max ?? SHARES[ours ?? ''];
  const thresholds = thresholdsOf(
    objectOf(defaults['thresholds']),
    [numberOf(defaults['min']) ?? 0, end],
    report,
    title,
  );
  const { letters, hidden, ...queries } = read;
  const overrides = [...hidden, ...overridesIn(panel, letters, shape, report)];
  const rows = shape === 'table' ? importRows(panel, letters) : undefined;
  return queryPanel({
    ...queries,
    ...(overrides.length > 0 && { overrides }),
    shape: shape === 'lines' ? lineShape(panel, custom) : shape,
    unit: ours ?? '',
    reduce: REDUCERS.get(reducer) ?? 'last',
    thresholds,
    limits: !['', 'off'].includes(textOf(objectOf(custom['thresholdsStyle'])['mode'])),
    ...(shape === 'gauge' ? { max: end } : {}),
    ...(rows !== undefined && { rows }),
  });
}

/** Upper ends of units that are shares. */
const SHARES: Readonly<Record<string, number>> = { ratio: 1, '%': 100 };

function overridesIn(
  panel: Fields,
  letters: ReadonlyMap<string, string>,
  shape: Shape,
  report: Report,
): readonly SeriesOverride[] {
  const overrides = importOverrides(panel, letters, report);
  if (shape === 'lines' && overrides.some(({ unit }) => unit !== undefined))
    report.add(t('Units of single series in charts'), textOf(panel['title']));
  return overrides;
}

function settingsOf(panel: Fields): { readonly options: Fields; readonly defaults: Fields } {
  return { options: objectOf(panel['options']), defaults: objectOf(objectOf(panel['fieldConfig'])['defaults']) };
}

function readTargets(
  panel: Fields,
  sources: Datasources,
  report: Report,
):
  | {
      readonly language: Language;
      readonly queries: readonly PanelQuery[];
      /** Letters of the queries by their IDs. */
      readonly letters: ReadonlyMap<string, string>;
      /** Hides the queries that the panel hides. */
      readonly hidden: readonly SeriesOverride[];
    }
  | undefined {
  const title = textOf(panel['title']);
  const own = datasourceOf(panel['datasource'], sources);
  const found = objectsOf(panel['targets']).flatMap((target) => {
    const text = textOf(target['expr']) || textOf(target['query']) || textOf(target['expression']);
    const kind = datasourceOf(target['datasource'], sources) ?? (own === 'mixed' ? undefined : own) ?? guess(text);
    const language = LANGUAGES.get(kind);
    if (language === undefined || text === '') {
      report.add(
        kind === 'grafana' && text !== ''
          ? t('Expressions over the results of other queries')
          : t('Queries of other data sources than Prometheus, Loki and Tempo'),
        title,
      );
      return [];
    }
    return [{ language, query: queryOf(target, text), id: textOf(target['refId']), isHidden: target['hide'] === true }];
  });
  const [first] = found;
  if (first === undefined) {
    report.add(t('Panels without a query that otelier can evaluate'), title);
    return undefined;
  }
  const same = found.filter(({ language }) => language === first.language);
  if (same.length < found.length) report.add(t('Queries in a second language in one panel'), title);
  if (same.length > MAX_QUERIES) report.add(t('More than {count} queries in one panel', { count: MAX_QUERIES }), title);
  const kept = same.slice(0, MAX_QUERIES);
  const letters = new Map(kept.map(({ id }, index) => [id, String.fromCharCode(65 + index)]));
  const hidden = kept.flatMap(({ isHidden }, index): SeriesOverride[] =>
    isHidden ? [{ by: 'query', of: String.fromCharCode(65 + index), hidden: true }] : [],
  );
  return { language: first.language, queries: kept.map(({ query }) => query), letters, hidden };
}

function queryOf(target: Fields, text: string): PanelQuery {
  const legend = textOf(target['legendFormat']);
  return legend === '' || legend === '__auto' ? { text } : { text, legend };
}

/** Returns the kind of a data source that is not named: log queries begin with a selector. */
function guess(text: string): DatasourceKind {
  return /\{[^{}]*\}\s*(?:\|[=~>]|!~|!=\s*["`]|\|\s*\w+)/.test(text) ? 'loki' : 'prometheus';
}

function lineShape(panel: Fields, custom: Fields): Shape {
  const mode = textOf(objectOf(custom['stacking'])['mode']);
  const isStacked = panel['stack'] === true || mode === 'normal' || mode === 'percent';
  if (textOf(custom['drawStyle']) === 'bars' || panel['bars'] === true) return 'bars';
  return isStacked ? 'stacked' : 'lines';
}

/** Returns thresholds as values. Those in percent are parts of the range of the panel. */
function thresholdsOf(
  thresholds: Fields,
  [min, max]: readonly [number, number | undefined],
  report: Report,
  title: string,
): readonly Threshold[] {
  const isPercent = textOf(thresholds['mode']) === 'percentage';
  if (isPercent && max === undefined) {
    report.add(t('Thresholds in percent of a range without an end'), title);
    return [];
  }
  const absolute = (value: number): number => (isPercent ? min + (value / 100) * ((max ?? 0) - min) : value);
  return objectsOf(thresholds['steps']).flatMap((step): Threshold[] => {
    const value = numberOf(step['value']);
    return value === undefined ? [] : [{ value: absolute(value), level: levelOf(textOf(step['color'])) }];
  });
}

/** Names what a panel has besides, without which it looks different. */
function reportUnused(panel: Fields, report: Report): void {
  const title = textOf(panel['title']);
  const { defaults } = settingsOf(panel);
  const has = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : false);
  if (objectsOf(defaults['mappings']).some((one) => one['type'] !== 'special'))
    report.add(t('Texts for values'), title);
  if (has(defaults['links']) || has(panel['links'])) report.add(t('Links'), title);
  if (panel['alert'] !== undefined) report.add(t('Alerts'), title);
  if (textOf(panel['timeFrom']) !== '' || textOf(panel['timeShift']) !== '')
    report.add(t('Time ranges of single panels'), title);
  if (textOf(objectOf(objectOf(defaults['custom'])['scaleDistribution'])['type']) === 'log') {
    report.add(t('Logarithmic scales'), title);
  }
}

/** Returns the text of a panel. Marks of HTML are removed, because boards show none. */
function markdownOf(panel: Fields, report: Report): string {
  const options = objectOf(panel['options']);
  const text = textOf(options['content']) || textOf(panel['content']);
  const mode = textOf(options['mode']) || textOf(panel['mode']);
  if (mode !== 'html' && !/<\/?[a-z][^>]*>/i.test(text)) return text;
  report.add(t('HTML in texts, of which the words were imported'), textOf(panel['title']));
  return text
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/<(?:br|\/p|\/div|\/li|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .trim();
}
