import {
  type AttributeValue,
  encodeAnyValue,
  encodeKey,
  FoundAttribute,
  findAttribute,
  WireWriter,
} from '@otelier/otlp';
import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import type { EncodedAttributes } from '../metrics/encoded-attributes.ts';
import { readValue } from '../ottl/values/codec.ts';
import { parseFloat64 } from '../ottl/values/convert.ts';
import type { Value } from '../ottl/values/value.ts';
import { attributesField, compileConditions, conditionsField, metricsByName, SECTION_OF } from './tally/config.ts';
import { createTallyConnector } from './tally/connector.ts';
import type { Item, ItemContext } from './tally/items.ts';

function summedMetrics(context: ItemContext, what: string) {
  const metric = z.object({
    sourceAttribute: z
      .string()
      .min(1, { error: 'expected the key of an attribute' })
      .describe('Attribute whose values are summed: a number, or a string that contains one. Other values count as 0.'),
    description: z.string().prefault('').describe('Metric description.'),
    conditions: conditionsField(context),
    attributes: attributesField(context),
  });
  return metricsByName(metric, `Metrics that add up an attribute of ${what}, by name.`);
}

export const sum = defineConnector({
  summary: 'Sums attribute values of spans, span events, data points and log records.',
  stability: 'alpha',
  joins: { traces: ['metrics'], metrics: ['metrics'], logs: ['metrics'] },
  config: z.object({
    spans: summedMetrics('span', 'spans'),
    spanevents: summedMetrics('spanevent', 'span events'),
    metrics: summedMetrics('metric', 'metrics'),
    datapoints: summedMetrics('datapoint', 'data points'),
    logs: summedMetrics('log', 'log records'),
  }),
  examples: [
    {
      title: 'Revenue by currency, from log records of payments',
      config: {
        logs: {
          'checkout.total': {
            source_attribute: 'total.payment',
            conditions: ['attributes["total.payment"] != "NULL"'],
            attributes: [{ key: 'payment.currency', default_value: 'unknown' }],
          },
        },
      },
    },
  ],
  create(config, next, context) {
    const metricsOf = (name: ItemContext) =>
      Object.entries(config[SECTION_OF[name]] ?? {}).map(([metricName, metric]) => ({
        name: metricName,
        description: metric.description,
        matches: compileConditions(name, metric.conditions, context.logger),
        attributesOf: attributeReader(metric.attributes),
        valueOf: valueReader(metric.sourceAttribute),
      }));
    return createTallyConnector(metricsOf, { scopeName: '', isCount: false }, next, context);
  },
});

/** Returns a function that reads a numeric attribute. As in the Collector, all other values count as 0. */
function valueReader(name: string): (item: Item) => number {
  const key = encodeKey(name);
  return (item) => {
    const value = attributeOf(item, key)?.value;
    switch (typeof value) {
      case 'number':
        return value;
      case 'bigint':
        return Number(value);
      case 'string':
        return numberIn(value);
      default:
        return 0;
    }
  };
}

/**
 * Parses a number. As in the Collector, values out of range become infinite, "_" is skipped, and other strings count as
 * 0.
 */
function numberIn(text: string): number {
  try {
    return parseFloat64(text);
  } catch {
    const digits = text.replaceAll('_', '');
    return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits) ? Number(digits) : 0;
  }
}

/**
 * Returns a function that reads an item's attributes as strings. As in the Collector, an attribute that is empty, 0, or
 * neither a string nor a number is treated as missing, and its default applies to items without the attribute.
 */
function attributeReader(
  attributes: readonly { readonly key: string; readonly defaultValue?: unknown }[],
): (item: Item) => EncodedAttributes | undefined {
  if (attributes.length === 0) return () => NO_ATTRIBUTES;
  const wanted = attributes.map(({ key, defaultValue }) => ({
    name: key,
    key: encodeKey(key),
    standard: isUsable(defaultValue) ? encodeAnyValue(defaultValue as AttributeValue) : undefined,
  }));
  return (item) => {
    for (const { name, key, standard } of wanted) {
      const attribute = attributeOf(item, key);
      const text = attribute === undefined ? undefined : textOf(attribute.value);
      const value = attribute === undefined ? standard : text === undefined ? undefined : encodeAnyValue(text);
      if (value === undefined) {
        writer.finish();
        return undefined;
      }
      writer.open(1);
      writer.stringField(1, name);
      writer.bytesField(2, value);
      writer.close();
    }
    return writer.finish();
  };
}

function isUsable(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0);
}

function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'bigint') return value === 0n ? undefined : String(value);
  if (typeof value !== 'number' || value === 0) return undefined;
  return shortestText(value);
}

/** Formats a float64 as Go's `%v` verb does: in exponential notation if the exponent is below -4 or above 5. */
function shortestText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power <= 5) return String(value);
  const padded = String(Math.abs(power)).padStart(2, '0');
  return `${digits}e${power < 0 ? '-' : '+'}${padded}`;
}

function attributeOf(
  { bytes, start, end, attributesField: field }: Item,
  key: Uint8Array,
): { value: Value } | undefined {
  if (!findAttribute(bytes, start, end, field, key, found)) return undefined;
  return { value: readValue(bytes, found.valueStart, found.valueEnd) };
}

const NO_ATTRIBUTES = new Uint8Array();
const found = new FoundAttribute();
const writer = new WireWriter(256);
