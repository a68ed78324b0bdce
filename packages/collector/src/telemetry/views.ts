import { compileGlob } from '../component/glob.ts';
import {
  addHistograms,
  addPoints,
  joinPoints,
  type OwnAttributes,
  type OwnMetric,
  type OwnPoint,
} from '../component/observe/own-metric.ts';
import { ignored, z } from '../component/schema.ts';

const view = z.object({
  selector: z
    .object({
      instrumentName: z.string().min(1).optional().describe('Name of the metric, with `*` and `?` as wildcards.'),
      unit: z.string().optional().describe('Unit of the metric.'),
      instrumentType: ignored('a name determines the type', { schema: z.string() }),
      meterName: ignored('there is one meter', { schema: z.string() }),
      meterVersion: ignored('there is one meter', { schema: z.string() }),
      meterSchemaUrl: ignored('there is one meter', { schema: z.string() }),
    })
    .prefault({})
    .describe('The metrics that the view changes. Default: all.'),
  stream: z
    .object({
      name: z.string().min(1).optional().describe('Another name.'),
      description: z.string().optional().describe('Another description.'),
      attributeKeys: z
        .object({
          included: z.array(z.string()).optional().describe('Attributes to keep. Default: all.'),
          excluded: z
            .array(z.string())
            .prefault([])
            .describe('Attributes to remove. Points that become equal are added.'),
        })
        .optional()
        .describe('Attributes of the points.'),
      aggregation: z
        .object({
          drop: z.record(z.string(), z.unknown()).optional().describe('`{}` drops the metric.'),
          default: ignored('metrics keep their aggregation'),
          sum: ignored('metrics keep their aggregation'),
          lastValue: ignored('metrics keep their aggregation'),
          explicitBucketHistogram: ignored('metrics keep their aggregation'),
          base2ExponentialBucketHistogram: ignored('metrics keep their aggregation'),
        })
        .optional()
        .describe('How values are aggregated.'),
    })
    .prefault({})
    .describe('What becomes of them.'),
});

/** Returns the field `service.telemetry.metrics.views`. */
export function viewsField() {
  return z.array(view).prefault([]).describe('Changes to metrics: drops, renames, or removes attributes.');
}

/** A view. */
export type MetricView = z.output<typeof view>;

/** Names of metrics have no segments, so that a wildcard matches across dots. */
const NO_SEPARATOR = '\0';

/** Returns a function that applies views. A metric that several views select has a stream for each, as in the SDK. */
export function createViews(views: readonly MetricView[]): (metrics: readonly OwnMetric[]) => readonly OwnMetric[] {
  if (views.length === 0) return (metrics) => metrics;
  const compiled = views.map(({ selector: { instrumentName = '*', unit }, stream }) => ({
    glob: compileGlob(instrumentName, NO_SEPARATOR),
    unit,
    stream,
  }));
  return (metrics) =>
    metrics.flatMap((metric) => {
      const own = compiled.filter(({ glob, unit }) => glob.test(metric.name) && (unit ?? metric.unit) === metric.unit);
      return own.length === 0 ? [metric] : own.flatMap(({ stream }) => apply(metric, stream));
    });
}

function apply(
  metric: OwnMetric,
  { name, description, attributeKeys, aggregation }: MetricView['stream'],
): OwnMetric[] {
  if (aggregation?.drop !== undefined) return [];
  const stream = { name: name ?? metric.name, description: description ?? metric.description };
  return [{ ...(attributeKeys === undefined ? metric : withAttributes(metric, attributeKeys)), ...stream }];
}

function withAttributes(
  metric: OwnMetric,
  { included, excluded }: NonNullable<MetricView['stream']['attributeKeys']>,
): OwnMetric {
  const isKept = (key: string) => (included?.includes(key) ?? true) && !excluded.includes(key);
  const reduce = <P extends { readonly attributes: OwnAttributes }>(points: readonly P[]): P[] =>
    points.map((point) => ({
      ...point,
      attributes: Object.fromEntries(Object.entries(point.attributes).filter(([key]) => isKept(key))),
    }));
  if (metric.kind === 'histogram') return { ...metric, points: joinPoints(reduce(metric.points), addHistograms) };
  // Of gauges, the last value counts.
  const join = metric.kind === 'counter' ? addPoints : (_: OwnPoint, last: OwnPoint) => last;
  return { ...metric, points: joinPoints(reduce(metric.points), join) };
}
