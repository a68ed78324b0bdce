import {
  findField,
  payloadEnd,
  payloadStart,
  readString,
  readVarintLow,
  replaceField,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  Splices,
  STATUS_FIELDS,
} from '@otelier/otlp';
import { bytesField, stringField, varintField } from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { EvaluationError, OpaqueValue } from '../values/value.ts';
import {
  expectInteger,
  expectText,
  mismatch,
  type PathDefinition,
  type Paths,
  type RecordOf,
  valuePath,
} from './access.ts';
import {
  enumField,
  fixed32Path,
  idPaths,
  readUint32,
  repeatedMessages,
  textField,
  timePaths,
  uint32Field,
} from './fields.ts';
import { attributesPath } from './maps.ts';
import { traceStatePath } from './trace-state.ts';

const span: RecordOf = (subject) => subject.item;
const event: RecordOf = (subject) => subject.event;

/** Span kind names, indexed by number. */
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];

/** Span paths. */
export const SPAN_PATHS: Paths = {
  ...idPaths('trace_id', 'trace', span, SPAN_FIELDS.traceId),
  ...idPaths('span_id', 'span', span, SPAN_FIELDS.spanId),
  ...idPaths('parent_span_id', 'span', span, SPAN_FIELDS.parentSpanId),
  trace_state: traceStatePath(span, SPAN_FIELDS.traceState),
  name: textField(span, SPAN_FIELDS.name),
  kind: enumField(span, SPAN_FIELDS.kind),
  'kind.string': kindText((kind) => KINDS[kind] ?? ''),
  'kind.deprecated_string': kindText((kind) =>
    KINDS[kind] === undefined ? '' : `SPAN_KIND_${KINDS[kind].toUpperCase()}`,
  ),
  flags: fixed32Path(span, SPAN_FIELDS.flags, true),
  ...timePaths('start_time', span, SPAN_FIELDS.startTimeUnixNano),
  ...timePaths('end_time', span, SPAN_FIELDS.endTimeUnixNano),
  attributes: attributesPath(span, SPAN_FIELDS.attributes),
  dropped_attributes_count: uint32Field(span, SPAN_FIELDS.droppedAttributesCount),
  events: repeatedMessages('events', span, SPAN_FIELDS.events),
  dropped_events_count: uint32Field(span, SPAN_FIELDS.droppedEventsCount),
  links: repeatedMessages('links', span, SPAN_FIELDS.links),
  dropped_links_count: uint32Field(span, SPAN_FIELDS.droppedLinksCount),
  status: valuePath(
    (subject) => new OpaqueValue('status', readStatus(subject).slice()),
    (subject, value) => {
      if (!(value instanceof OpaqueValue) || value.kind !== 'status') mismatch('status', value);
      span(subject).put(SPAN_FIELDS.status, bytesField(SPAN_FIELDS.status, value.encoded));
    },
  ),
  'status.code': valuePath(
    (subject) => BigInt(readStatusCode(subject)),
    (subject, value) => {
      const code = BigInt.asIntN(32, expectInteger(value));
      putInStatus(subject, STATUS_FIELDS.code, code === 0n ? undefined : varintField(STATUS_FIELDS.code, code));
    },
    { number: readStatusCode },
  ),
  'status.message': valuePath(
    (subject) => {
      const status = readStatus(subject);
      const text = findField(status, 0, status.length, STATUS_FIELDS.message);
      return text < 0 ? '' : readString(status, payloadStart(status, text), payloadEnd(status, text));
    },
    (subject, value) => {
      const text = expectText(value);
      putInStatus(subject, STATUS_FIELDS.message, text === '' ? undefined : stringField(STATUS_FIELDS.message, text));
    },
  ),
};

/** Span event paths. */
export const SPAN_EVENT_PATHS: Paths = {
  name: textField(event, SPAN_EVENT_FIELDS.name),
  ...timePaths('time', event, SPAN_EVENT_FIELDS.timeUnixNano),
  attributes: attributesPath(event, SPAN_EVENT_FIELDS.attributes),
  dropped_attributes_count: uint32Field(event, SPAN_EVENT_FIELDS.droppedAttributesCount),
  event_index: valuePath(
    (subject) => BigInt(subject.eventIndex),
    () => {
      throw new EvaluationError('expected a path that can be set, got the read-only path spanevent.event_index');
    },
  ),
};

function kindText(nameOf: (kind: number) => string): PathDefinition {
  return valuePath(
    (subject) => nameOf(readUint32(span, SPAN_FIELDS.kind, subject)),
    (subject, value) => {
      const text = expectText(value);
      const kind = KINDS.findIndex((_, index) => nameOf(index) === text);
      if (kind < 0) throw new EvaluationError(`expected the name of a span kind, got "${text}"`);
      span(subject).put(SPAN_FIELDS.kind, kind === 0 ? undefined : varintField(SPAN_FIELDS.kind, BigInt(kind)));
    },
  );
}

function readStatusCode(subject: Subject): number {
  const message = span(subject);
  const value = message.find(SPAN_FIELDS.status);
  if (value < 0) return 0;
  const { source } = message;
  const code = findField(source, payloadStart(source, value), payloadEnd(source, value), STATUS_FIELDS.code);
  return code < 0 ? 0 : readVarintLow(source, code) | 0;
}

function readStatus(subject: Subject): Uint8Array {
  const message = span(subject);
  const value = message.find(SPAN_FIELDS.status);
  if (value < 0) return EMPTY;
  const { source } = message;
  return source.subarray(payloadStart(source, value), payloadEnd(source, value));
}

function putInStatus(subject: Subject, field: number, content: Uint8Array | undefined): void {
  const status = readStatus(subject);
  const splices = new Splices();
  replaceField(splices, status, 0, status.length, field, content);
  span(subject).put(SPAN_FIELDS.status, bytesField(SPAN_FIELDS.status, splices.apply(status)));
}

const EMPTY = new Uint8Array();
