import { type Fields, objectOf, objectsOf, textOf } from './fields.ts';

/** A data source whose queries otelier evaluates. */
export type DatasourceKind = 'prometheus' | 'loki' | 'tempo' | 'other' | 'mixed' | 'grafana';

/** The kinds of the data sources that a dashboard names, by the names of its inputs and variables. */
export type Datasources = ReadonlyMap<string, DatasourceKind>;

/** Reads which kinds of data sources the inputs and variables of a dashboard stand for. */
export function readDatasources(dashboard: Fields): Datasources {
  const inputs = objectsOf(dashboard['__inputs']).map(
    (input) => [textOf(input['name']), kindOf(textOf(input['pluginId']))] as const,
  );
  const variables = objectsOf(objectOf(dashboard['templating'])['list'])
    .filter((variable) => variable['type'] === 'datasource')
    .map((variable) => [textOf(variable['name']), kindOf(textOf(variable['query']))] as const);
  return new Map([...inputs, ...variables]);
}

/** Returns the kind of a data source. `undefined` if the dashboard does not say it. */
export function datasourceOf(value: unknown, sources: Datasources): DatasourceKind | undefined {
  const type = textOf(objectOf(value)['type']);
  if (type !== '') return kindOf(type);
  const name = textOf(value) || textOf(objectOf(value)['uid']);
  const variable = /^\$\{?([^{}:]+)/.exec(name)?.[1];
  if (variable !== undefined) return sources.get(variable);
  if (name.startsWith('--')) return kindOf(name);
  return /prometheus|mimir|thanos/i.test(name) ? 'prometheus' : /loki/i.test(name) ? 'loki' : undefined;
}

function kindOf(type: string): DatasourceKind {
  if (/prometheus/i.test(type)) return 'prometheus';
  if (/loki/i.test(type)) return 'loki';
  if (/tempo/i.test(type)) return 'tempo';
  if (/mixed/i.test(type)) return 'mixed';
  return /^(?:datasource|grafana|-- .* --)$/i.test(type) ? 'grafana' : 'other';
}
