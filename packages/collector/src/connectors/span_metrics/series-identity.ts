import { ENUMS, encodeAnyValue, WireWriter } from '@otelier/otlp';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { INSTANCE_ID, type SpanMetricsConfig } from './config.ts';
import type { Attributes, Dimensions } from './dimensions.ts';

/** The decoded parts of a span that identify its series. */
export interface SpanParts {
  readonly serviceName: string;
  readonly name: string;
  readonly kind: number;
  readonly statusCode: number;
  /** Whether its count is derived from a sampling threshold. */
  readonly isAdjusted: boolean;
  readonly attributes: Attributes;
  /** Resource attributes; for events, overridden by the event's own attributes. */
  readonly others: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
}

/** Computes series keys and attributes from decoded spans, as the Collector does. */
export class SeriesIdentity {
  readonly #excluded: ReadonlySet<string>;
  readonly #scopes: ReadonlySet<string>;
  readonly #common: Dimensions;
  readonly #hasSamplingMethod: boolean;
  readonly #instanceId: string;

  constructor(config: SpanMetricsConfig, common: Dimensions, instanceId: string) {
    this.#excluded = new Set(config.excludeDimensions);
    this.#scopes = new Set(config.includeInstrumentationScope);
    this.#hasSamplingMethod = config.enableMetricsSamplingMethod;
    this.#common = common;
    this.#instanceId = instanceId;
  }

  /** Returns the key of a series within its metric. Values of different kinds with the same string form are equal. */
  keyOf(span: SpanParts, further: Dimensions): string {
    let key = this.#excluded.has('service.name') ? '' : span.serviceName;
    if (!this.#excluded.has('span.name')) key += SEPARATOR + span.name;
    if (!this.#excluded.has('span.kind')) key += SEPARATOR + kindName(span.kind);
    if (!this.#excluded.has('status.code')) key += SEPARATOR + statusName(span.statusCode);
    for (const dimensions of [this.#common, further]) {
      dimensions.match(span.attributes, span.others, (name, value) => {
        key += `${SEPARATOR}${name}:${attributeText(readValue(value, 0, value.length))}`;
      });
    }
    return this.#hasSamplingMethod ? key + SEPARATOR + samplingMethod(span) : key;
  }

  /** Returns a series' encoded attributes. */
  attributesOf(span: SpanParts, further: Dimensions): Uint8Array {
    const attributes = new Map<string, Uint8Array>();
    const add = (name: string, text: string) => {
      if (!this.#excluded.has(name)) attributes.set(name, encodeAnyValue(text));
    };
    add('service.name', span.serviceName);
    add('span.name', span.name);
    add('span.kind', kindName(span.kind));
    add('status.code', statusName(span.statusCode));
    add(INSTANCE_ID, this.#instanceId);
    if (span.scopeName !== '' && this.#scopes.has(span.scopeName)) {
      attributes.set('span.instrumentation.scope.name', encodeAnyValue(span.scopeName));
      if (span.scopeVersion !== '')
        attributes.set('span.instrumentation.scope.version', encodeAnyValue(span.scopeVersion));
    }
    if (this.#hasSamplingMethod) attributes.set('sampling.method', encodeAnyValue(samplingMethod(span)));
    for (const dimensions of [this.#common, further])
      dimensions.match(span.attributes, span.others, (name, value) => attributes.set(name, value));
    return encode(attributes);
  }
}

function encode(attributes: Attributes): Uint8Array {
  const writer = new WireWriter(512);
  for (const [name, value] of attributes) {
    writer.open(1);
    writer.stringField(1, name).bytesField(2, value);
    writer.close();
  }
  return writer.finish();
}

/** Returns the name of a span kind; empty for unknown kinds, as in the Collector. */
function kindName(kind: number): string {
  return ENUMS.SpanKind[kind] ?? '';
}

function statusName(code: number): string {
  return ENUMS.StatusCode[code] ?? '';
}

function samplingMethod({ isAdjusted }: SpanParts): string {
  return isAdjusted ? 'extrapolated' : 'counted';
}

const SEPARATOR = '\0';
