import type { Aggregation } from '../../metrics/aggregation.ts';
import type { InstrumentKind } from '../../metrics/instrument.ts';
import type { View } from '../../metrics/view.ts';
import type { ConfigNode } from './config-node.ts';

/** Reads a view: the instruments that it selects and the stream that it creates for them. */
export function viewOf(node: ConfigNode): View {
  node.mapping('selector', 'stream');
  const [selector, stream] = [node.at('selector'), node.at('stream')];
  if (selector.isEmpty) selector.fail('a mapping');
  if (!stream.isPresent) stream.fail('a mapping');
  return { ...selectionOf(selector), ...streamOf(stream, selector.at('instrument_name')) };
}

/** Reads the selector. An empty selector matches all instruments. */
function selectionOf(node: ConfigNode): View {
  node.mapping('instrument_name', 'instrument_type', 'unit', 'meter_name', 'meter_version', 'meter_schema_url');
  const kind = node.at('instrument_type').choice(KINDS);
  const selection = {
    ...textAs('instrumentName', node.at('instrument_name')),
    ...(kind === undefined ? {} : { instrumentKind: kind }),
    ...textAs('instrumentUnit', node.at('unit')),
    ...textAs('meterName', node.at('meter_name')),
    ...textAs('meterVersion', node.at('meter_version')),
    ...textAs('meterSchemaUrl', node.at('meter_schema_url')),
  };
  return Object.keys(selection).length === 0 ? { instrumentName: '*' } : selection;
}

function streamOf(node: ConfigNode, instrumentName: ConfigNode): View {
  node.mapping('name', 'description', 'aggregation', 'aggregation_cardinality_limit', 'attribute_keys');
  const name = textAs('name', node.at('name'));
  if (name.name !== undefined && !/^[^*?]+$/.test(instrumentName.text() ?? '')) {
    instrumentName.fail('the name of one instrument, because the stream has a name');
  }
  const aggregation = node.at('aggregation');
  const cardinalityLimit = node.at('aggregation_cardinality_limit').integer(1, 1_000_000);
  const keys = node.at('attribute_keys').mapping('included', 'excluded');
  return {
    ...name,
    ...textAs('description', node.at('description')),
    ...(aggregation.isEmpty ? {} : { aggregation: aggregationOf(aggregation) }),
    ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
    ...keysAs('attributeKeys', keys.at('included')),
    ...keysAs('excludedAttributeKeys', keys.at('excluded')),
  };
}

function aggregationOf(node: ConfigNode): Aggregation {
  return node.one<Aggregation>({
    default: (of) => of.mapping() && { kind: 'default' },
    drop: (of) => of.mapping() && { kind: 'drop' },
    sum: (of) => of.mapping() && { kind: 'sum' },
    last_value: (of) => of.mapping() && { kind: 'last_value' },
    explicit_bucket_histogram: explicitBuckets,
    base2_exponential_bucket_histogram: exponentialBuckets,
  });
}

function explicitBuckets(node: ConfigNode): Aggregation {
  const { value } = node.mapping('boundaries', 'record_min_max').at('boundaries');
  const isIncreasing =
    Array.isArray(value) && value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1]));
  if (value !== undefined && !isIncreasing) node.at('boundaries').fail('increasing numbers');
  return {
    kind: 'explicit_buckets',
    ...(isIncreasing ? { boundaries: value } : {}),
    recordMinMax: node.at('record_min_max').flag() ?? true,
  };
}

function exponentialBuckets(node: ConfigNode): Aggregation {
  node.mapping('max_scale', 'max_size', 'record_min_max');
  return {
    kind: 'exponential_histogram',
    maxScale: node.at('max_scale').integer(-10, 20) ?? 20,
    maxSize: node.at('max_size').integer(2, 16_384) ?? 160,
    recordMinMax: node.at('record_min_max').flag() ?? true,
  };
}

function textAs<K extends string>(name: K, node: ConfigNode): Partial<Record<K, string>> {
  const text = node.text();
  return text === undefined ? {} : ({ [name]: text } as Record<K, string>);
}

/** Reads attribute keys. Views do not support patterns. */
function keysAs<K extends string>(name: K, node: ConfigNode): Partial<Record<K, readonly string[]>> {
  const keys = node.items().map((item) => {
    const key = item.text() ?? item.fail('the key of an attribute');
    return /[*?]/.test(key) ? item.fail('a key without * and ?, because views do not support patterns of keys') : key;
  });
  return keys.length === 0 ? {} : ({ [name]: keys } as unknown as Record<K, readonly string[]>);
}

const KINDS: readonly InstrumentKind[] = [
  'counter',
  'gauge',
  'histogram',
  'observable_counter',
  'observable_gauge',
  'observable_up_down_counter',
  'up_down_counter',
];
