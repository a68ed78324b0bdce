import {
  encodeAnyValue,
  encodeKey,
  FoundAttribute,
  findAttribute,
  forEachPayload,
  type ItemCursor,
  RESOURCE_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import type { SignalContext } from '../../component/contract.ts';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import type { EncodedAttributes } from '../../metrics/encoded-attributes.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import { compileCondition, compileValue } from '../../ottl/compile/compiler.ts';
import type { Getter } from '../../ottl/contexts/access.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { type ErrorHandler, errorHandler, matchesAny } from '../../ottl/sequence.ts';
import { Duration, EvaluationError } from '../../ottl/values/value.ts';
import type { AggregateConfig, AttributeConfig, DefinitionConfig } from './config.ts';
import { needDistribution } from './functions.ts';
import type { Input, InputValue } from './inputs.ts';
import { createSeries, type Definition, type Series } from './series.ts';

/** Returns the definition of a configured metric. */
export function definitionOf(
  { name, description, unit = '' }: Pick<DefinitionConfig, 'name' | 'description' | 'unit'>,
  { functions = [] }: Pick<DefinitionConfig, 'functions'>,
  histogramMaxSize: number,
): Definition {
  return { name, description, unit, functions, maxSize: needDistribution(functions) ? histogramMaxSize : undefined };
}

/** Reads the values of one metric, and the series to which they belong, from items. */
export class Measure {
  readonly definition: Definition;
  readonly #input: Input;
  readonly #index: number;
  readonly #matches: Predicate | undefined;
  readonly #value: Getter | undefined;
  readonly #handle: ErrorHandler;
  readonly #text: string;
  readonly #resourceAttributes: readonly SeriesAttributes[];
  readonly #attributes: readonly SeriesAttributes[];
  readonly #key = new CanonicalKey();
  /** The key of the most recent resource. */
  #resource = { bytes: new Uint8Array(), start: -1, key: '' };

  constructor(
    config: DefinitionConfig,
    definition: Definition,
    { input, index, context }: { readonly input: Input; readonly index: number; readonly context: SignalContext },
  ) {
    const options = { context: input.context, functions: converters(input.context) };
    this.definition = definition;
    this.#input = input;
    this.#index = index;
    this.#handle = errorHandler('ignore', context.logger);
    this.#matches = matchesAny(
      config.conditions.map((text) => compileCondition(text, options)),
      this.#handle,
    );
    this.#text = config.value ?? '';
    this.#value = config.value === undefined ? undefined : compileValue(config.value, options);
    this.#resourceAttributes = config.resourceAttributes.map((attribute) => new AttributeReader(attribute));
    this.#attributes = config.keepsAttributes
      ? [ALL_ATTRIBUTES]
      : config.attributes.map((attribute) => new AttributeReader(attribute));
  }

  /** Returns the subject's value, or `undefined` if the item does not contribute to the metric. */
  valueOf(subject: Subject): InputValue | undefined {
    if (this.#matches !== undefined && !this.#matches(subject)) return undefined;
    const value = this.#value === undefined ? this.#input.value(subject.cursor) : this.#evaluate(this.#value, subject);
    return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  }

  /** Returns the key of an item's series, for `Combiner`. */
  keyOf(cursor: ItemCursor): string {
    const { bytes, start, end } = cursor;
    const field = this.#input.attributesField(cursor);
    const resource = this.#resourceKey(cursor);
    for (const attribute of this.#attributes) attribute.addTo(this.#key, bytes, start, end, field);
    return resource + this.#key.finish();
  }

  /** Creates an item's series. */
  seriesOf(cursor: ItemCursor): Series {
    const { bytes, start, end, resourceStart, resourceEnd } = cursor;
    return createSeries(
      this.definition,
      encode(this.#resourceAttributes, bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes),
      encode(this.#attributes, bytes, start, end, this.#input.attributesField(cursor)),
    );
  }

  /** Releases the last request. */
  reset(): void {
    this.#resource = { bytes: new Uint8Array(), start: -1, key: '' };
  }

  #resourceKey({ bytes, resourceGroupStart, resourceStart, resourceEnd }: ItemCursor): string {
    const last = this.#resource;
    if (last.bytes === bytes && last.start === resourceGroupStart) return last.key;
    this.#key.number(this.#index);
    for (const attribute of this.#resourceAttributes)
      attribute.addTo(this.#key, bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
    const key = this.#key.finish();
    this.#resource = { bytes: bytes as Uint8Array<ArrayBuffer>, start: resourceGroupStart, key };
    return key;
  }

  #evaluate(get: Getter, subject: Subject): number | bigint | undefined {
    try {
      const value = get(subject);
      if (value instanceof Duration) return Number(value.nanos) / 1e9;
      return typeof value === 'number' || typeof value === 'bigint' ? value : undefined;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#handle(this.#text, error);
      return undefined;
    }
  }
}

/** Reads the attributes that identify a series from items or resources. */
interface SeriesAttributes {
  /** Adds the values to a key. */
  addTo(key: CanonicalKey, bytes: Uint8Array, start: number, end: number, field: number): void;
  /** Writes the attributes as entries in encoded attributes. */
  write(writer: WireWriter, bytes: Uint8Array, start: number, end: number, field: number): void;
}

const ALL_ATTRIBUTES: SeriesAttributes = {
  addTo: (key, bytes, start, end, field) => void key.attributes(bytes, start, end, field),
  write: (writer, bytes, start, end, field) =>
    forEachPayload(bytes, start, end, field, (from, to) => void writer.bytesField(1, bytes, from, to)),
};

/** Reads an attribute of items or resources. */
class AttributeReader implements SeriesAttributes {
  readonly #key: Uint8Array;
  /** The encoded default value for items without the attribute. */
  readonly #default: Uint8Array | undefined;
  readonly #found = new FoundAttribute();

  constructor({ key, defaultValue }: AttributeConfig) {
    this.#key = encodeKey(key);
    this.#default = defaultValue === undefined ? undefined : encodeAnyValue(defaultValue);
  }

  addTo(key: CanonicalKey, bytes: Uint8Array, start: number, end: number, field: number): void {
    if (findAttribute(bytes, start, end, field, this.#key, this.#found))
      key.number(1).value(bytes, this.#found.valueStart, this.#found.valueEnd);
    else if (this.#default !== undefined) key.number(1).value(this.#default, 0, this.#default.length);
    else key.number(0);
  }

  write(writer: WireWriter, bytes: Uint8Array, start: number, end: number, field: number): void {
    const found = this.#found;
    const isFound = findAttribute(bytes, start, end, field, this.#key, found);
    if (!isFound && this.#default === undefined) return;
    writer.open(1);
    writer.bytesField(1, this.#key);
    if (isFound) writer.bytesField(2, bytes, found.valueStart, found.valueEnd);
    else if (this.#default !== undefined) writer.bytesField(2, this.#default);
    writer.close();
  }
}

function encode(
  attributes: readonly SeriesAttributes[],
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
): EncodedAttributes {
  for (const attribute of attributes) attribute.write(writer, bytes, start, end, field);
  return writer.finish();
}

const writer = new WireWriter(256);

/** Returns the measures for a signal's configured metrics. */
export function measuresOf(
  config: AggregateConfig,
  definitions: ReadonlyMap<string, Definition>,
  input: Input | undefined,
  context: SignalContext,
): Measure[] {
  if (input === undefined) return [];
  return config[input.section].flatMap((entry, index) => {
    const definition = definitions.get(entry.name);
    return definition === undefined ? [] : [new Measure(entry, definition, { input, index, context })];
  });
}

/**
 * Returns the configured metric definitions of all signals by name, because partial aggregates can belong to any of
 * them.
 */
export function definitionsOf(config: AggregateConfig): Map<string, Definition> {
  const { spans, logs, datapoints, functions, histogramMaxSize } = config;
  const named = (entry: DefinitionConfig, unit: string) =>
    definitionOf({ unit, ...entry }, { functions: entry.functions ?? functions }, histogramMaxSize);
  const all = [
    ...spans.map((entry) => named(entry, entry.value === undefined ? 's' : '')),
    ...logs.map((entry) => named(entry, '')),
    ...datapoints.map((entry) => named(entry, '')),
  ];
  return new Map(all.map((definition) => [definition.name, definition]));
}
