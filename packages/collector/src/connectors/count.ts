import {
  type AttributeValue,
  encodeAnyValue,
  encodeKey,
  FoundAttribute,
  findAttribute,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import { defineConnector } from '../component/define.ts';
import { ignored, z } from '../component/schema.ts';
import type { EncodedAttributes } from '../metrics/encoded-attributes.ts';
import { attributesField, compileConditions, conditionsField, metricsByName, SECTION_OF } from './tally/config.ts';
import { createTallyConnector } from './tally/connector.ts';
import type { Item, ItemContext } from './tally/items.ts';

function countedMetrics(context: ItemContext, what: string, name: string) {
  const metric = z.object({
    description: z.string().prefault('').describe('Metric description.'),
    conditions: conditionsField(context),
    attributes: attributesField(context),
  });
  return metricsByName(metric, `Metrics that count ${what}, by name. Default: \`${name}\` counts all of them.`);
}

export const count = defineConnector({
  summary: 'Counts spans, span events, metrics, data points and log records.',
  stability: 'beta',
  joins: { traces: ['metrics'], metrics: ['metrics'], logs: ['metrics'] },
  config: z.object({
    spans: countedMetrics('span', 'spans', 'trace.span.count'),
    spanevents: countedMetrics('spanevent', 'span events', 'trace.span.event.count'),
    metrics: countedMetrics('metric', 'metrics', 'metric.count'),
    datapoints: countedMetrics('datapoint', 'data points', 'metric.datapoint.count'),
    logs: countedMetrics('log', 'log records', 'log.record.count'),
    profiles: ignored('profiles are not counted yet', { schema: z.record(z.string(), z.unknown()) }),
  }),
  examples: [
    { title: 'Count all items', config: {} },
    {
      title: 'Count errors by environment',
      config: {
        logs: {
          'log.error.count': {
            description: 'Log records that represent errors.',
            conditions: ['severity_number >= SEVERITY_NUMBER_ERROR'],
            attributes: [{ key: 'deployment.environment.name', default_value: 'unknown' }],
          },
        },
      },
    },
  ],
  create(config, next, context) {
    const metricsOf = (name: ItemContext) => {
      const written = config[SECTION_OF[name]] ?? {};
      const metrics = Object.keys(written).length === 0 ? DEFAULTS[name] : written;
      return Object.entries(metrics).map(([metricName, { description, conditions = [], attributes = [] }]) => ({
        name: metricName,
        description,
        matches: compileConditions(name, conditions, context.logger),
        attributesOf: attributeReader(attributes),
        valueOf: () => 1,
      }));
    };
    return createTallyConnector(metricsOf, { scopeName: SCOPE_NAME, isCount: true }, next, context);
  },
});

const SCOPE_NAME = 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector';

interface CountedMetric {
  readonly description: string;
  readonly conditions?: readonly string[];
  readonly attributes?: readonly CountedAttribute[];
}

interface CountedAttribute {
  readonly key: string;
  readonly defaultValue?: unknown;
}

const DEFAULTS: Readonly<Record<ItemContext, Readonly<Record<string, CountedMetric>>>> = {
  span: { 'trace.span.count': { description: 'The number of spans observed.' } },
  spanevent: { 'trace.span.event.count': { description: 'The number of span events observed.' } },
  metric: { 'metric.count': { description: 'The number of metrics observed.' } },
  datapoint: { 'metric.datapoint.count': { description: 'The number of data points observed.' } },
  log: { 'log.record.count': { description: 'The number of log records observed.' } },
};

/** Returns a function that reads an item's attributes, falling back to its scope or resource for missing ones. */
function attributeReader(attributes: readonly CountedAttribute[]): (item: Item) => EncodedAttributes | undefined {
  if (attributes.length === 0) return () => NO_ATTRIBUTES;
  const wanted = [...new Map(attributes.map((attribute) => [attribute.key, attribute])).values()].map(
    ({ key, defaultValue }) => ({
      name: key,
      key: encodeKey(key),
      standard:
        defaultValue === undefined || defaultValue === null
          ? undefined
          : encodeAnyValue(defaultValue as AttributeValue),
    }),
  );
  return (item) => {
    const { bytes } = item;
    for (const { name, key, standard } of wanted) {
      const isFound = find(item, key);
      if (!isFound && standard === undefined) {
        writer.finish();
        return undefined;
      }
      writer.open(1);
      writer.stringField(1, name);
      if (isFound) writer.bytesField(2, bytes, found.valueStart, found.valueEnd);
      else writer.bytesField(2, standard ?? NO_ATTRIBUTES);
      writer.close();
    }
    return writer.finish();
  };
}

function find({ bytes, start, end, attributesField: field, cursor }: Item, key: Uint8Array): boolean {
  return (
    findAttribute(bytes, start, end, field, key, found) ||
    findAttribute(bytes, cursor.scopeStart, cursor.scopeEnd, SCOPE_FIELDS.attributes, key, found) ||
    findAttribute(bytes, cursor.resourceStart, cursor.resourceEnd, RESOURCE_FIELDS.attributes, key, found)
  );
}

const NO_ATTRIBUTES = new Uint8Array();
const found = new FoundAttribute();
const writer = new WireWriter(256);
