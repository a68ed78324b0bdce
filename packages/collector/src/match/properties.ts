import type { Signal } from '@otelier/otlp';
import type { ConfigIssue } from '../component/define.ts';
import { patternError } from '../component/pattern.ts';
import { ignored, z } from '../component/schema.ts';
import { formatList, suggestion } from '../config/nearest.ts';
import { SPAN_KINDS } from './span-kinds.ts';

/** Returns the field for match properties, as in the Collector's `include` and `exclude`. All properties must match. */
export function matchPropertiesField(description: string) {
  return matchProperties().optional().describe(description);
}

function matchProperties() {
  return z.object({
    matchType: matchTypeField(),
    regexp: regexpField(),
    services: texts('Service names. One must match.'),
    spanNames: texts('Span names. One must match.'),
    spanKinds: texts('Span kinds, such as `SPAN_KIND_SERVER`. One must match.'),
    logBodies: texts('Log record bodies. One must match.'),
    logSeverityTexts: texts('Severity texts of log records. One must match.'),
    logSeverityNumber: z
      .object({
        min: z.int().prefault(0).describe('Minimum severity number, such as 9 for INFO or 13 for WARN.'),
        matchUndefined: z.boolean().prefault(false).describe('Whether log records without a severity match.'),
      })
      .optional()
      .describe('Log record severity.'),
    metricNames: texts('Metric names. One must match.'),
    attributes: attributesToMatch('Attributes of the item. All must match.'),
    resources: attributesToMatch('Attributes of the resource. All must match. Not used for metrics.'),
    libraries: z
      .array(
        z.object({
          name: z.string().prefault('').describe('Instrumentation scope name.'),
          version: z.string().nullish().describe('Scope version. Default: any.'),
        }),
      )
      .nullish()
      .describe('Instrumentation scopes. All must match.'),
  });
}

/** The properties that items are matched against. */
export type MatchProperties = z.output<ReturnType<typeof matchProperties>>;

/** Returns the field that selects how strings match. */
export function matchTypeField() {
  return z
    .string()
    .optional()
    .describe(
      'How strings match: `strict` compares them, `regexp` uses regular expressions. Required to match values.',
    );
}

/** Returns the field for the Collector's match cache. */
export function regexpField() {
  const schema = z
    .object({
      cacheenabled: z.boolean().prefault(false).describe('Ignored.'),
      cachemaxnumentries: z.int().prefault(0).describe('Ignored.'),
    })
    .refine(({ cacheenabled, cachemaxnumentries: size }) => !cacheenabled || size >= 0, {
      error: 'expected a number from 0',
      path: ['cachemaxnumentries'],
    });
  return ignored('expressions match in linear time without a cache', { schema });
}

/** Returns the field for attributes to match. */
export function attributesToMatch(description: string) {
  return z
    .array(
      z.object({
        key: z.string().min(1).describe('Attribute key.'),
        value: z.unknown().optional().describe('Attribute value. Default: any.'),
      }),
    )
    .nullish()
    .describe(description);
}

function texts(description: string) {
  return z.array(z.string()).nullish().describe(description);
}

const TEXT_LISTS = ['services', 'spanNames', 'spanKinds', 'logBodies', 'logSeverityTexts', 'metricNames'] as const;
const ATTRIBUTE_LISTS = ['attributes', 'resources'] as const;
/** A property to match. */
export type Property = Exclude<keyof MatchProperties, 'matchType' | 'regexp'>;

const NAMES: Readonly<Record<Property, string>> = {
  services: 'services',
  spanNames: 'span_names',
  spanKinds: 'span_kinds',
  logBodies: 'log_bodies',
  logSeverityTexts: 'log_severity_texts',
  logSeverityNumber: 'log_severity_number',
  metricNames: 'metric_names',
  attributes: 'attributes',
  resources: 'resources',
  libraries: 'libraries',
};

/** The properties that can be matched in a signal. */
interface Matchable {
  readonly properties: readonly Property[];
  /** Properties that are accepted but not compared. */
  readonly unused: readonly Property[];
  /**
   * Whether `match_type: expr` is accepted. It compares only expressions, which these properties cannot contain, so it
   * has no effect.
   */
  readonly hasExpressions: boolean;
}

const COMMON = ['attributes', 'resources', 'libraries'] as const;

/** The properties that can be matched, by signal. */
export const MATCHABLE: Readonly<Record<Signal, Matchable>> = {
  traces: { properties: ['services', 'spanNames', 'spanKinds', ...COMMON], unused: [], hasExpressions: false },
  logs: {
    properties: ['logBodies', 'logSeverityTexts', 'logSeverityNumber', ...COMMON],
    unused: [],
    hasExpressions: false,
  },
  metrics: { properties: ['metricNames'], unused: ['resources'], hasExpressions: true },
  profiles: { properties: [], unused: [], hasExpressions: false },
};

/** Returns the errors in `include` and `exclude` for pipelines of the given signals. */
export function matchIssues(
  {
    include,
    exclude,
  }: { readonly include?: MatchProperties | undefined; readonly exclude?: MatchProperties | undefined },
  signals: readonly Signal[],
): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const [where, properties] of [['include', include] as const, ['exclude', exclude] as const]) {
    if (properties === undefined) continue;
    const found = [
      ...signals.flatMap((signal) => signalIssues(properties, signal)),
      ...valueIssues(properties, signals),
    ];
    issues.push(...found.map(({ path, message }) => ({ path: [where, ...path], message })));
  }
  return issues;
}

function signalIssues(properties: MatchProperties, signal: Signal): ConfigIssue[] {
  const { properties: compared, unused } = MATCHABLE[signal];
  const allowed = [...compared, ...unused];
  const given = (Object.keys(NAMES) as Property[]).filter((name) => isGiven(properties[name]));
  const issues: ConfigIssue[] = given
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      path: [NAMES[name]],
      message: `expected no value in a pipeline of ${signal}, which cannot match it`,
    }));
  if (issues.length === 0 && given.length === 0)
    issues.push({ path: [], message: `expected at least one of ${formatList(allowed.map((name) => NAMES[name]))}` });
  return issues;
}

function isGiven(value: MatchProperties[Property]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

/** Returns the errors in the match type and in values that it does not support. */
function valueIssues(properties: MatchProperties, signals: readonly Signal[]): ConfigIssue[] {
  const { matchType } = properties;
  const used = valuesOf(properties);
  if (matchType === 'expr' && signals.every((signal) => MATCHABLE[signal].hasExpressions)) return [];
  if (matchType !== 'strict' && matchType !== 'regexp')
    return used.length === 0
      ? []
      : [{ path: ['match_type'], message: `expected strict or regexp, got ${JSON.stringify(matchType)}` }];
  if (matchType === 'strict') return kindIssues(properties.spanKinds ?? []);
  return used.flatMap(({ path, value }) => {
    if (typeof value !== 'string')
      return [{ path, message: `expected a regular expression, got ${JSON.stringify(value)}` }];
    const message = patternError(value);
    return message === undefined ? [] : [{ path, message }];
  });
}

interface PropertyValue {
  readonly path: (string | number)[];
  readonly value: unknown;
}

/** Returns all values that are compared using the match type. */
function valuesOf(properties: MatchProperties): PropertyValue[] {
  const lists = TEXT_LISTS.flatMap((name) =>
    (properties[name] ?? []).map((value, index) => ({ path: [NAMES[name], index], value })),
  );
  const attributes = ATTRIBUTE_LISTS.flatMap((name) =>
    (properties[name] ?? []).flatMap(({ value }, index) =>
      value === undefined || value === null ? [] : [{ path: [NAMES[name], index, 'value'], value }],
    ),
  );
  const libraries = (properties.libraries ?? []).flatMap(({ name, version }, index) => [
    { path: ['libraries', index, 'name'], value: name },
    ...(version === undefined || version === null ? [] : [{ path: ['libraries', index, 'version'], value: version }]),
  ]);
  return [...lists, ...attributes, ...libraries];
}

/** Span kinds that the specification allows for spans. */
const KNOWN_KINDS = SPAN_KINDS.slice(1);

function kindIssues(kinds: readonly string[]): ConfigIssue[] {
  return kinds.flatMap((kind, index) =>
    KNOWN_KINDS.includes(kind)
      ? []
      : [
          {
            path: ['span_kinds', index],
            message: `expected ${formatList(KNOWN_KINDS)}, got "${kind}"${suggestion(kind, KNOWN_KINDS)}`,
          },
        ],
  );
}
