import { type AttributesView, type AttributeValue, ENUMS, type SpanView } from '@otelier/otlp';
import { attributeText } from '../../json/attribute-json.ts';
import {
  defaultOrigin,
  type EventFields,
  type EventOptions,
  type EventOrigin,
  type HecEvent,
  readAttributes,
  secondsOf,
} from './event.ts';

/** Converts a span to an event, whose fields are the attributes of the resource. */
export function spanEvent(
  span: SpanView,
  options: EventOptions,
): { readonly event: HecEvent; readonly origin: EventOrigin } {
  const origin = defaultOrigin(options);
  const fields: EventFields = {};
  readAttributes(span.resource.attributes, origin, options, (key, value) => {
    fields[key] = attributeText(value);
  });
  const { host, source, sourcetype, index } = origin;
  const time = secondsOf(span.startTimeUnixNano);
  return { event: { time, host, source, sourcetype, index, event: bodyOf(span), fields }, origin };
}

function bodyOf(span: SpanView): Readonly<Record<string, unknown>> {
  const { events, links } = span;
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentSpanId,
    name: span.name,
    ...attributesMember(span.attributes),
    end_time: span.endTimeUnixNano,
    kind: ENUMS.SpanKind[span.kind] ?? ENUMS.SpanKind[0],
    status: { message: span.statusMessage, code: ENUMS.StatusCode[span.statusCode] ?? ENUMS.StatusCode[0] },
    start_time: span.startTimeUnixNano,
    ...(events.length > 0 && {
      events: events.map(({ attributes, name, timeUnixNano }) => ({
        ...attributesMember(attributes),
        name,
        timestamp: timeUnixNano,
      })),
    }),
    ...(links.length > 0 && {
      links: links.map(({ attributes, traceId, spanId, traceState }) => ({
        ...attributesMember(attributes),
        trace_id: traceId,
        span_id: spanId,
        trace_state: traceState,
      })),
    }),
  };
}

function attributesMember(attributes: AttributesView): {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
} {
  const values = Object.fromEntries(attributes);
  return Object.keys(values).length === 0 ? {} : { attributes: values };
}
