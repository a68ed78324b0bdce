import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../../schema.ts';
import type {
  RecordedAttributes,
  RecordedValue,
  SelectedEvent,
  SelectedLink,
  SelectedSpan,
  SpanParts,
} from '../../../spans.ts';
import type { StatementResult } from '../../duck/protocol.ts';
import { attributeColumns } from '../../shared/attributes.ts';
import { asBigInt, asText } from '../../shared/context.ts';
import type { Files } from '../../shared/files.ts';
import type { ParameterBag } from '../../shared/parameters.ts';
import { quoteName } from '../../shared/quote.ts';
import { SPAN_FIELDS } from '../span-rows.ts';
import { attributesOf, recordedAttributes, recordedList, recordedValue } from './recorded-values.ts';
import { scopeAttributes } from './scope-attributes.ts';

const FIXED = [...SPAN_FIELDS, 'scope_version'];
const NONE: RecordedAttributes = new Map();
/** Maximum number of parsed resources and scopes to keep. */
const KEPT_TEXTS = 2000;

/** The columns that contain a query's parts of spans, and the conversion of their rows. */
export class SpanColumns {
  readonly expressions: readonly string[];
  readonly #parts: SpanParts;
  readonly #keys: readonly KeyColumns[];
  readonly #resources = new Map<string, RecordedAttributes>();
  readonly #scopes = new Map<string, RecordedAttributes>();

  constructor(parts: SpanParts, files: Files, parameters: ParameterBag) {
    this.#parts = parts;
    const { attributes = [] } = parts;
    this.#keys = attributes === 'all' ? [] : attributes.map((key, index) => keyColumns(key, index, files, parameters));
    this.expressions = [
      ...FIXED,
      ...(attributes === 'all' ? attributeColumns(files) : this.#keys.flatMap(({ expressions }) => expressions)),
      ...(parts.resource === true ? ['resource_attributes'] : []),
      ...(parts.scope === true ? ['scope'] : []),
      ...(parts.events === true ? ['events'] : []),
      ...(parts.links === true ? ['links'] : []),
    ];
  }

  /** Converts the rows of a result. */
  spansOf({ columns, rowCount }: StatementResult): readonly SelectedSpan[] {
    const byName = new Map(columns.map(({ name, values }) => [name, values]));
    const readValue = (name: string, row: number): unknown => byName.get(name)?.[row] ?? undefined;
    return Array.from({ length: rowCount }, (_, row) => this.#spanOf((name) => readValue(name, row)));
  }

  #spanOf(value: (name: string) => unknown): SelectedSpan {
    const { events, links, resource, scope } = this.#parts;
    return {
      traceId: asText(value('trace_id')),
      spanId: asText(value('span_id')),
      parentSpanId: asText(value('parent_span_id')),
      traceState: asText(value('trace_state')),
      name: asText(value('name')),
      kind: asText(value('kind')),
      start: asBigInt(value('start')),
      durationNanos: asBigInt(value('duration_ns')),
      statusCode: asText(value('status_code')),
      statusMessage: asText(value('status_message')),
      service: asText(value('service_name')),
      scopeName: asText(value('scope_name')),
      scopeVersion: asText(value('scope_version')),
      attributes: this.#attributesOf(value),
      resourceAttributes: resource === true ? this.#resourceOf(value('resource_attributes')) : NONE,
      scopeAttributes: scope === true ? this.#scopeOf(value('scope')) : NONE,
      events: events === true ? eventsOf(value('events')) : [],
      links: links === true ? linksOf(value('links')) : [],
    };
  }

  #attributesOf(value: (name: string) => unknown): RecordedAttributes {
    const { attributes } = this.#parts;
    if (attributes === undefined) return NONE;
    if (attributes === 'all') return listedAttributes(value);
    const found = new Map<string, RecordedValue>();
    for (const { key, promoted, inMap } of this.#keys) {
      const direct = promoted.map(value).find((one) => one !== undefined);
      const json = inMap === undefined ? undefined : value(inMap);
      if (direct !== undefined) found.set(key, direct as RecordedValue);
      else if (typeof json === 'string') found.set(key, recordedValue(json));
    }
    return found;
  }

  #resourceOf(text: unknown): RecordedAttributes {
    if (typeof text !== 'string') return NONE;
    return kept(this.#resources, text, () => recordedAttributes(text));
  }

  #scopeOf(bytes: unknown): RecordedAttributes {
    if (!(bytes instanceof Uint8Array)) return NONE;
    return kept(this.#scopes, Buffer.from(bytes).toString('latin1'), () => scopeAttributes(bytes));
  }
}

function kept(cache: Map<string, RecordedAttributes>, key: string, read: () => RecordedAttributes): RecordedAttributes {
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= KEPT_TEXTS) cache.clear();
  const attributes = read();
  cache.set(key, attributes);
  return attributes;
}

/** The result columns of one attribute. */
interface KeyColumns {
  readonly key: string;
  readonly promoted: readonly string[];
  readonly inMap: string | undefined;
  readonly expressions: readonly string[];
}

function keyColumns(key: string, index: number, files: Files, parameters: ParameterBag): KeyColumns {
  const types = files.promoted.get(key) ?? [];
  const promoted = types.map((type) => `k${index}_${type}`);
  const inMap = files.mayBeInMap(key) ? `k${index}_map` : undefined;
  return {
    key,
    promoted,
    inMap,
    expressions: [
      ...types.map((type) => `${quoteName(attributeColumn(key, type))} AS k${index}_${type}`),
      ...(inMap === undefined ? [] : [`map_extract_value(${ATTRIBUTES_MAP}, ${parameters.add(key)}) AS ${inMap}`]),
    ],
  };
}

/** Returns all attributes of a span, in order. */
function listedAttributes(value: (name: string) => unknown): RecordedAttributes {
  const listed = value(ATTRIBUTE_KEYS);
  if (typeof listed !== 'string') return NONE;
  const map = value(ATTRIBUTES_MAP) as ReadonlyMap<string, string> | undefined;
  const attributes = new Map<string, RecordedValue>();
  for (const keyAndType of JSON.parse(listed) as readonly string[]) {
    const key = keyAndType.slice(0, -2);
    if (attributes.has(key)) continue;
    const promoted = value(attributeColumn(key, keyAndType.slice(-1) as AttributeType));
    const inMap = map?.get(key);
    if (promoted !== undefined) attributes.set(key, promoted as RecordedValue);
    else if (inMap !== undefined) attributes.set(key, recordedValue(inMap));
  }
  return attributes;
}

function eventsOf(text: unknown): readonly SelectedEvent[] {
  return recordedList(text).map(({ time, name, attributes }) => ({
    time: asBigInt(time),
    name: asText(name),
    attributes: attributesOf(attributes),
  }));
}

function linksOf(text: unknown): readonly SelectedLink[] {
  return recordedList(text).map((link) => ({
    traceId: asText(link['trace_id']),
    spanId: asText(link['span_id']),
    attributes: attributesOf(link['attributes']),
  }));
}
