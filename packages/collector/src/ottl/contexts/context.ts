import type { Subject } from '../record/subject.ts';
import { EvaluationError, type Value, type ValueMap } from '../values/value.ts';
import { type Key, type PathDefinition, type Paths, valuePath } from './access.ts';
import { DATA_POINT_PATHS } from './data-point.ts';
import { EXEMPLAR_PATHS } from './exemplar.ts';
import { LOG_PATHS } from './log.ts';
import { plainMapPath } from './maps.ts';
import { METRIC_PATHS } from './metric.ts';
import { PROFILE_PATHS } from './profile.ts';
import { RESOURCE_PATHS, SCOPE_PATHS } from './shared.ts';
import { SPAN_EVENT_PATHS, SPAN_PATHS } from './span.ts';

/**
 * The kind of message to which statements apply. Statements can also access the enclosing messages. `otelcol` is the
 * request itself, without its telemetry.
 */
export type ContextName =
  | 'otelcol'
  | 'resource'
  | 'scope'
  | 'span'
  | 'spanevent'
  | 'metric'
  | 'datapoint'
  | 'exemplar'
  | 'log'
  | 'profile';

/** The definition of a context: its paths by their first name, and its enumeration values. */
export interface ContextDefinition {
  readonly name: ContextName;
  readonly paths: Readonly<Record<string, Paths>>;
  readonly enums: ReadonlyMap<string, bigint>;
}

const CACHE: Paths = { cache: plainMapPath((subject) => subject.cache) };

const OTELCOL: Paths = {
  'client.addr': readOnly('otelcol.client.addr', () => ''),
  'client.metadata': metadataPath('otelcol.client.metadata'),
  'client.auth.attributes': readOnlyMap('otelcol.client.auth.attributes', ({ batch }) =>
    batch.subject === undefined ? new Map() : new Map([['subject', batch.subject]]),
  ),
  'grpc.metadata': metadataPath('otelcol.grpc.metadata'),
};

const SHARED = { resource: RESOURCE_PATHS, otelcol: OTELCOL };
const SCOPED = { ...SHARED, scope: SCOPE_PATHS, instrumentation_scope: SCOPE_PATHS };

const enumerate = (prefix: string, names: readonly string[]): [string, bigint][] =>
  names.map((name, value) => [`${prefix}_${name}`, BigInt(value)]);

const SPAN_ENUMS = new Map([
  ...enumerate('SPAN_KIND', ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
  ...enumerate('STATUS_CODE', ['UNSET', 'OK', 'ERROR']),
]);

const METRIC_ENUMS = new Map([
  ...enumerate('AGGREGATION_TEMPORALITY', ['UNSPECIFIED', 'DELTA', 'CUMULATIVE']),
  ...enumerate('METRIC_DATA_TYPE', ['NONE', 'GAUGE', 'SUM', 'HISTOGRAM', 'EXPONENTIAL_HISTOGRAM', 'SUMMARY']),
]);

const LOG_ENUMS = new Map([
  ['SEVERITY_NUMBER_UNSPECIFIED', 0n] as const,
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((name, group) =>
    [1, 2, 3, 4].map((step) => [`SEVERITY_NUMBER_${name}${step === 1 ? '' : step}`, BigInt(group * 4 + step)] as const),
  ),
]);

/** All contexts, by name. */
export const CONTEXTS: Readonly<Record<ContextName, ContextDefinition>> = {
  otelcol: { name: 'otelcol', enums: new Map(), paths: { otelcol: OTELCOL } },
  resource: { name: 'resource', enums: new Map(), paths: { ...SHARED, resource: { ...RESOURCE_PATHS, ...CACHE } } },
  scope: {
    name: 'scope',
    enums: new Map(),
    paths: { ...SCOPED, scope: { ...SCOPE_PATHS, ...CACHE } },
  },
  span: { name: 'span', enums: SPAN_ENUMS, paths: { ...SCOPED, span: { ...SPAN_PATHS, ...CACHE } } },
  spanevent: {
    name: 'spanevent',
    enums: SPAN_ENUMS,
    paths: { ...SCOPED, span: SPAN_PATHS, spanevent: { ...SPAN_EVENT_PATHS, ...CACHE } },
  },
  metric: { name: 'metric', enums: METRIC_ENUMS, paths: { ...SCOPED, metric: { ...METRIC_PATHS, ...CACHE } } },
  datapoint: {
    name: 'datapoint',
    enums: new Map([...METRIC_ENUMS, ...enumerate('FLAG', ['NONE', 'NO_RECORDED_VALUE'])]),
    paths: { ...SCOPED, metric: METRIC_PATHS, datapoint: { ...DATA_POINT_PATHS, ...CACHE } },
  },
  exemplar: {
    name: 'exemplar',
    enums: new Map(),
    paths: {
      ...SCOPED,
      metric: METRIC_PATHS,
      datapoint: DATA_POINT_PATHS,
      exemplar: { ...EXEMPLAR_PATHS, ...CACHE },
    },
  },
  log: { name: 'log', enums: LOG_ENUMS, paths: { ...SCOPED, log: { ...LOG_PATHS, ...CACHE } } },
  profile: { name: 'profile', enums: new Map(), paths: { ...SCOPED, profile: { ...PROFILE_PATHS, ...CACHE } } },
};

function metadataOf({ batch }: Subject): ValueMap {
  return new Map(Object.entries(batch.metadata).map(([name, values]): [string, Value] => [name, [...values]]));
}

function readOnly(name: string, get: (subject: Subject) => Value): PathDefinition {
  return valuePath(get, () => {
    throw new EvaluationError(`expected a path that can be set, got the read-only path ${name}`);
  });
}

/** Returns the path for request headers, whose names are case-insensitive. */
function metadataPath(name: string): PathDefinition {
  const path = readOnlyMap(name, metadataOf);
  if (path.kind !== 'indexable') return path;
  const build = ([first, ...rest]: readonly Key[]) =>
    path.build(first === undefined ? [] : [inLowerCase(first), ...rest]);
  return { kind: 'indexable', build };
}

function inLowerCase(key: Key): Key {
  if (typeof key === 'string') return key.toLowerCase();
  if (typeof key !== 'function') return key;
  return (subject) => {
    const value = key(subject);
    return typeof value === 'string' ? value.toLowerCase() : value;
  };
}

function readOnlyMap(name: string, mapOf: (subject: Subject) => ValueMap): PathDefinition {
  const path = plainMapPath(mapOf);
  if (path.kind !== 'indexable') throw new Error('expected a path to a map');
  return {
    kind: 'indexable',
    build: (keys) => ({
      get: path.build(keys).get,
      set() {
        throw new EvaluationError(`expected a path that can be set, got the read-only path ${name}`);
      },
    }),
  };
}
