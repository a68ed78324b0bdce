import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NOW } from './demo.ts';

/** A request that a data source of Grafana sends. */
export interface GrafanaRequest {
  readonly name: string;
  readonly path: string;
  /** The form of a POST; without it, the request is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Target {
  readonly expr?: string;
  readonly query?: string;
  readonly instant?: boolean;
  readonly queryType?: string;
  readonly exemplar?: boolean;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly datasource: Source;
    readonly targets: readonly Target[];
  }[];
  readonly templating: { readonly list: readonly Variable[] };
}

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Variable {
  readonly name: string;
  readonly allValue: string;
  readonly datasource: Source;
  readonly query: { readonly query?: string; readonly label?: string };
}

const DIRECTORY = join(import.meta.dirname, '../../../deploy/grafana/dashboards');
export const RANGE_SECONDS = 300;
const STEP_SECONDS = 15;
const END = NOW / 1000;

/** Reads the dashboards. */
export function readDashboards(): readonly Dashboard[] {
  return readdirSync(DIRECTORY).map((name) => JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as Dashboard);
}

/** Returns the requests of all panels and variables of a dashboard. */
export function requestsOf({ title, panels, templating: { list } }: Dashboard): readonly GrafanaRequest[] {
  return [
    ...list.map((variable) => ({ ...variableRequest(variable), name: `${title}: $${variable.name}` })),
    ...panels.flatMap((panel) =>
      panel.targets.flatMap((target) =>
        targetRequests(panel.datasource.type, target, list).map((one) => ({
          ...one,
          name: `${title}: ${panel.title}`,
        })),
      ),
    ),
  ];
}

type Unnamed = Omit<GrafanaRequest, 'name'>;

function variableRequest({ datasource, query }: Variable): Unnamed {
  if (datasource.type === 'loki') {
    return { path: `/loki/loki/api/v1/label/${query.label}/values?${nanoRange()}` };
  }
  const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query.query ?? '') ?? [];
  const range = new URLSearchParams({ start: String(END - RANGE_SECONDS), end: String(END), 'match[]': metric });
  return { path: `/prometheus/api/v1/label/${label}/values?${range}` };
}

function targetRequests(type: string, target: Target, variables: readonly Variable[]): readonly Unnamed[] {
  switch (type) {
    case 'prometheus':
      return prometheusRequests(target, replaceVariables(target.expr ?? '', variables));
    case 'loki':
      return [lokiRequest(target, replaceVariables(target.expr ?? '', variables))];
    default:
      return [tempoRequest(target.query ?? '')];
  }
}

function replaceVariables(text: string, variables: readonly Variable[]): string {
  const replaced = text
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__auto', `${STEP_SECONDS}s`)
    .replaceAll('$__range', `${RANGE_SECONDS}s`);
  return variables.reduce((before, { name, allValue }) => before.replaceAll(`$${name}`, allValue), replaced);
}

function prometheusRequests(target: Target, query: string): readonly Unnamed[] {
  if (target.instant === true) return [{ path: '/prometheus/api/v1/query', form: { query, time: String(END) } }];
  const range = { query, start: String(END - RANGE_SECONDS), end: String(END) };
  const values = { path: '/prometheus/api/v1/query_range', form: { ...range, step: String(STEP_SECONDS) } };
  return target.exemplar === true ? [values, { path: '/prometheus/api/v1/query_exemplars', form: range }] : [values];
}

function lokiRequest({ queryType }: Target, query: string): Unnamed {
  if (queryType === 'instant') {
    const instant = new URLSearchParams({ direction: 'backward', query, time: `${NOW}000000` });
    return { path: `/loki/loki/api/v1/query?${instant}` };
  }
  const range = new URLSearchParams({ direction: 'backward', limit: '1000', query, step: `${STEP_SECONDS * 1000}ms` });
  return { path: `/loki/loki/api/v1/query_range?${nanoRange()}&${range}` };
}

function tempoRequest(query: string): Unnamed {
  const range = { start: String(END - RANGE_SECONDS), end: String(END) };
  if (/\|\s*(rate|count_over_time|quantile_over_time)\s*\(/.test(query)) {
    return { path: `/tempo/api/metrics/query_range?${new URLSearchParams({ q: query, ...range })}` };
  }
  return { path: `/tempo/api/search?${new URLSearchParams({ q: query, limit: '20', spss: '3', ...range })}` };
}

/** The range as Loki's data source writes it. */
export function nanoRange(): string {
  return `start=${NOW - RANGE_SECONDS * 1000}000000&end=${NOW}000000`;
}
