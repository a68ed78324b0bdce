import { labelName, metricName } from '@otelier/query/prometheus-wire';
import { compileGlob } from '../component/glob.ts';
import { z } from '../component/schema.ts';
import type { ExportedMetric, ExportedOrigin, TextAttributes } from './points.ts';

const STRATEGIES = [
  ...(['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'] as const),
  ...(['NoUTF8EscapingWithSuffixes', 'NoTranslation'] as const),
] as const;

/** Returns the fields for how names are translated, which the exporters to Prometheus share. */
export function namingFields() {
  const patterns = (what: string) =>
    z.array(z.string()).prefault([]).describe(`Resource attributes ${what}, with \`*\` and \`?\`.`);
  return {
    namespace: z.string().prefault('').describe('Prefix of the names of all metrics.'),
    addMetricSuffixes: z
      .boolean()
      .prefault(true)
      .describe('Whether names get suffixes for type and unit. `translation_strategy` overrides it.'),
    translationStrategy: z
      .enum(['', ...STRATEGIES])
      .prefault('')
      .describe('How names are translated. Default: by `add_metric_suffixes`, with other characters replaced by `_`.'),
    resourceToTelemetryConversion: z
      .object({
        enabled: z.boolean().prefault(false).describe('Whether resource attributes become labels of every metric.'),
        excludeServiceAttributes: z
          .boolean()
          .prefault(false)
          .describe('Whether to leave out `service.name`, `service.namespace` and `service.instance.id`.'),
        included: patterns('to convert'),
        excluded: patterns('not to convert'),
      })
      .prefault({})
      .describe('Conversion of resource attributes to labels.'),
    resourceConstantLabels: z
      .object({ included: patterns('to convert'), excluded: patterns('not to convert') })
      .prefault({})
      .describe('Conversion of resource attributes to labels, by patterns.'),
  } as const;
}

/** How names are translated. */
export type NamingConfig = z.output<z.ZodObject<ReturnType<typeof namingFields>>>;

/** Translates metrics and attributes to names of Prometheus. */
export interface Naming {
  metric(metric: ExportedMetric): string;
  label(key: string): string;
  /** Name of the metric with resource attributes. */
  readonly targetInfo: string;
  /** Reports whether a resource attribute becomes a label of every metric. */
  isConstantLabel(key: string): boolean;
}

const IDENTITY: readonly string[] = ['service.name', 'service.namespace', 'service.instance.id'];

/** Creates the naming of an exporter. */
export function createNaming(config: NamingConfig): Naming {
  const { translationStrategy: strategy, addMetricSuffixes, namespace } = config;
  const hasSuffixes = strategy === '' ? addMetricSuffixes : strategy.endsWith('WithSuffixes');
  const isUtf8 = strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation';
  const prefix = namespace === '' ? '' : `${isUtf8 ? namespace : labelName(namespace, 'plain')}_`;
  const plainName = (metric: ExportedMetric): string => {
    const kind = metric.kind === 'exponentialHistogram' ? 'exponential_histogram' : metric.kind;
    return metricName({ name: metric.name, unit: metric.unit, monotonic: metric.isMonotonic, kind }, 'plain');
  };
  return {
    metric(metric) {
      if (isUtf8) return prefix + (hasSuffixes ? withSuffixes(metric, plainName) : metric.name);
      return prefix + (hasSuffixes ? plainName(metric) : labelStart(metric.name.replace(/[^a-zA-Z0-9_:]+/g, '_')));
    },
    label: (key) => labelName(key, isUtf8 ? 'utf8' : 'plain'),
    targetInfo: `${prefix}target_info`,
    isConstantLabel: constantLabels(config),
  };
}

function labelStart(name: string): string {
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Appends the suffixes that the plain name has to a name that keeps its characters. */
function withSuffixes(metric: ExportedMetric, plainName: (metric: ExportedMetric) => string): string {
  const bare = plainName({ ...metric, name: 'x' }).slice(1);
  return bare !== '' && metric.name.endsWith(bare) ? metric.name : metric.name + bare;
}

function constantLabels(config: NamingConfig): Naming['isConstantLabel'] {
  const { enabled, excludeServiceAttributes, ...patterns } = config.resourceToTelemetryConversion;
  const matches = [patterns, config.resourceConstantLabels].map(({ included, excluded }) => {
    const compile = (sources: readonly string[]) => sources.map((source) => compileGlob(source, ''));
    const [wanted, unwanted] = [compile(included), compile(excluded)];
    return (key: string): boolean =>
      (wanted.length > 0 ? wanted.some((glob) => glob.test(key)) : unwanted.length > 0) &&
      !unwanted.some((glob) => glob.test(key));
  });
  return (key) => {
    if (enabled && !(excludeServiceAttributes && IDENTITY.includes(key))) return true;
    return matches.some((isMatch) => isMatch(key));
  };
}

/** Options for `baseLabels`. */
export interface LabelOptions {
  readonly naming: Naming;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly withoutScope: boolean;
}

/** Returns the labels of a point without its name: attributes, `job`, `instance`, those of the scope and external ones. */
export function baseLabels(
  attributes: TextAttributes,
  origin: ExportedOrigin,
  { naming, externalLabels, withoutScope }: LabelOptions,
): Map<string, string> {
  const constant = origin.resource.filter(([key]) => naming.isConstantLabel(key));
  const labels = joined([...new Map([...attributes, ...constant])], naming);
  for (const [name, value] of identityLabels(origin.resource)) labels.set(name, value);
  for (const [name, value] of Object.entries(externalLabels)) if (!labels.has(name)) labels.set(name, value);
  if (withoutScope) return labels;
  if (origin.scopeName !== '') labels.set('otel_scope_name', origin.scopeName);
  if (origin.scopeVersion !== '') labels.set('otel_scope_version', origin.scopeVersion);
  if (origin.scopeSchemaUrl !== '') labels.set('otel_scope_schema_url', origin.scopeSchemaUrl);
  for (const [key, value] of origin.scopeAttributes) {
    if (!RESERVED.has(key) && value !== '') labels.set(naming.label(`otel_scope_${key}`), value);
  }
  return labels;
}

const RESERVED: ReadonlySet<string> = new Set(['name', 'version', 'schema_url']);

/** Returns attributes as labels. The values of those with the same name are joined, in the order of their keys. */
function joined(attributes: TextAttributes, naming: Naming): Map<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === '' || key === '') continue;
    const name = naming.label(key);
    const before = labels.get(name);
    if (before === undefined) labels.set(name, value);
    else if (before !== value) labels.set(name, `${before};${value}`);
  }
  return labels;
}

/** Returns `job` and `instance` of a resource. */
function identityLabels(resource: TextAttributes): readonly (readonly [string, string])[] {
  const [service = '', namespace = '', instance = ''] = IDENTITY.map((key) => new Map(resource).get(key));
  const job = service !== '' && namespace !== '' ? `${namespace}/${service}` : service;
  return [['job', job] as const, ['instance', instance] as const].filter(([, value]) => value !== '');
}

/** Returns the labels of `target_info`, or `undefined` if a resource has nothing else than `job` and `instance`. */
export function targetInfoLabels(
  { resource }: ExportedOrigin,
  { naming, externalLabels }: LabelOptions,
): Map<string, string> | undefined {
  const identity = identityLabels(resource);
  const further = resource.filter(([key]) => !IDENTITY.includes(key));
  if (identity.length === 0 || further.length === 0) return undefined;
  const labels = joined(further, naming);
  for (const [name, value] of identity) labels.set(name, value);
  for (const [name, value] of Object.entries(externalLabels)) if (!labels.has(name)) labels.set(name, value);
  return labels;
}
