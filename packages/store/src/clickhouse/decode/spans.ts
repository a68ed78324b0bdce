import { SPAN_EVENT_FIELDS, SPAN_FIELDS, SPAN_LINK_FIELDS, SpanView } from '@otelier/otlp';
import type { SpanRow } from '../../contract.ts';
import type { SelectedSpan, SpanParts } from '../../spans.ts';
import { attributesIn, recordedIn } from './attributes.ts';
import { bytesOf, GroupReader } from './groups.ts';

/** The columns of `itemRows` from which spans are decoded, in this order. */
export const SPAN_PARTS: readonly string[] = ['item', 'resource', 'scope'];

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'];
const NO_RECORDED: SelectedSpan['attributes'] = new Map();

/** Decodes spans. Spans of one query share the objects of equal resources. */
export class SpanReader {
  readonly #groups = new GroupReader();
  readonly #span = new SpanView();

  /** Returns a span as plain data. `values` begin with `SPAN_PARTS`. */
  row([item, resource, scope]: readonly unknown[]): SpanRow {
    const span = this.#span.reset(bytesOf(item));
    const { service, attributes } = this.#groups.resource(String(resource));
    return {
      ...idsOf(span),
      parentSpanId: present(idText(span.parentSpanId)),
      traceState: present(span.traceState),
      name: span.name,
      kind: KINDS[span.kind] ?? String(span.kind),
      start: span.startTimeUnixNano,
      durationNanos: Number(span.endTimeUnixNano - span.startTimeUnixNano),
      statusCode: STATUS_CODES[span.statusCode] ?? String(span.statusCode),
      statusMessage: present(span.statusMessage),
      service,
      scopeName: this.#groups.scope(String(scope)).name,
      attributes: attributesIn(span, SPAN_FIELDS.attributes),
      resourceAttributes: attributes,
      events: span.events.map((event) => ({
        time: event.timeUnixNano,
        name: event.name,
        attributes: attributesIn(event, SPAN_EVENT_FIELDS.attributes),
      })),
      links: span.links.map((link) => ({
        traceId: link.traceId,
        spanId: link.spanId,
        attributes: attributesIn(link, SPAN_LINK_FIELDS.attributes),
      })),
    };
  }

  /** Returns parts of a span with recorded types. `values` begin with `SPAN_PARTS`. */
  selected([item, resource, scope]: readonly unknown[], parts: SpanParts, keys: ReadonlySet<string>): SelectedSpan {
    const span = this.#span.reset(bytesOf(item));
    const { service, recorded } = this.#groups.resource(String(resource));
    const { name: scopeName, version: scopeVersion, recorded: ofScope } = this.#groups.scope(String(scope));
    const wanted = parts.attributes === 'all' ? undefined : keys;
    return {
      ...idsOf(span),
      parentSpanId: idText(span.parentSpanId),
      traceState: span.traceState,
      name: span.name,
      kind: KINDS[span.kind] ?? String(span.kind),
      start: span.startTimeUnixNano,
      durationNanos: span.endTimeUnixNano - span.startTimeUnixNano,
      statusCode: STATUS_CODES[span.statusCode] ?? String(span.statusCode),
      statusMessage: span.statusMessage,
      service,
      scopeName,
      scopeVersion,
      attributes: parts.attributes === undefined ? NO_RECORDED : recordedIn(span, SPAN_FIELDS.attributes, wanted),
      resourceAttributes: parts.resource === true ? recorded : NO_RECORDED,
      scopeAttributes: parts.scope === true ? ofScope : NO_RECORDED,
      events: parts.events === true ? eventsOf(span) : [],
      links: parts.links === true ? linksOf(span) : [],
    };
  }
}

function eventsOf(span: SpanView): SelectedSpan['events'] {
  return span.events.map((event) => ({
    time: event.timeUnixNano,
    name: event.name,
    attributes: recordedIn(event, SPAN_EVENT_FIELDS.attributes),
  }));
}

function linksOf(span: SpanView): SelectedSpan['links'] {
  return span.links.map((link) => ({
    traceId: link.traceId,
    spanId: link.spanId,
    attributes: recordedIn(link, SPAN_LINK_FIELDS.attributes),
  }));
}

function idsOf({ traceId, spanId }: SpanView): { readonly traceId: string; readonly spanId: string } {
  return { traceId: idText(traceId), spanId: idText(spanId) };
}

/** Returns an ID, which is empty if all its digits are zeros. */
function idText(id: string): string {
  return /[^0]/.test(id) ? id : '';
}

function present(text: string): string | undefined {
  return text === '' ? undefined : text;
}
