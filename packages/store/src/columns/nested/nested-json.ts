import type { JsonWriter } from '../json.ts';
import { forEachField, varint, varintLow } from '../wire.ts';

/** A member of a JSON object: its name and the encoding of the field with this tag. */
interface Member {
  readonly name: string;
  readonly kind: 'fixed64' | 'signed' | 'double' | 'text' | 'hex' | 'count' | 'fixed32';
}

/** A message's fields by tag (field number × 8 + wire type), and its attributes field. */
interface Shape {
  readonly members: ReadonlyMap<number, Member>;
  readonly attributesField: number;
}

const EVENT: Shape = {
  members: new Map([
    [0x09, { name: 'time', kind: 'fixed64' }],
    [0x12, { name: 'name', kind: 'text' }],
    [0x20, { name: 'dropped_attributes_count', kind: 'count' }],
  ]),
  attributesField: 3,
};

const LINK: Shape = {
  members: new Map([
    [0x0a, { name: 'trace_id', kind: 'hex' }],
    [0x12, { name: 'span_id', kind: 'hex' }],
    [0x1a, { name: 'trace_state', kind: 'text' }],
    [0x28, { name: 'dropped_attributes_count', kind: 'count' }],
    [0x35, { name: 'flags', kind: 'fixed32' }],
  ]),
  attributesField: 4,
};

const EXEMPLAR: Shape = {
  members: new Map([
    [0x11, { name: 'time', kind: 'fixed64' }],
    [0x19, { name: 'value', kind: 'double' }],
    [0x31, { name: 'value', kind: 'signed' }],
    [0x22, { name: 'span_id', kind: 'hex' }],
    [0x2a, { name: 'trace_id', kind: 'hex' }],
  ]),
  attributesField: 7,
};

/** Writes a span's events as a JSON array. `ranges` holds triples whose last two elements delimit each message. */
export function writeEvents(json: JsonWriter, source: Uint8Array, view: DataView, ranges: readonly number[]): void {
  writeMessages(json, source, view, ranges, EVENT);
}

/** Writes a span's links. */
export function writeLinks(json: JsonWriter, source: Uint8Array, view: DataView, ranges: readonly number[]): void {
  writeMessages(json, source, view, ranges, LINK);
}

/** Writes a data point's exemplars. */
export function writeExemplars(json: JsonWriter, source: Uint8Array, view: DataView, ranges: readonly number[]): void {
  writeMessages(json, source, view, ranges, EXEMPLAR);
}

function writeMessages(
  json: JsonWriter,
  source: Uint8Array,
  view: DataView,
  ranges: readonly number[],
  shape: Shape,
): void {
  json.byte(0x5b);
  for (let i = 0; i < ranges.length && !json.isFull(); i += 3) {
    if (i > 0) json.byte(0x2c);
    writeMessage(json, source, view, ranges[i + 1], ranges[i + 2], shape);
  }
  json.byte(0x5d);
}

function writeMessage(
  json: JsonWriter,
  source: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  shape: Shape,
): void {
  const written = new Set<string>();
  let hasAttributes = false;
  json.byte(0x7b);
  forEachField(source, from, to, (field, wireType, at, end) => {
    if (field === shape.attributesField && wireType === 2) {
      hasAttributes = true;
      return;
    }
    const member = shape.members.get(field * 8 + wireType);
    if (member === undefined || written.has(member.name)) {
      json.exact = false;
      return;
    }
    if (isDefault(source, at, end, member)) return;
    json.ascii(`${written.size > 0 ? ',' : ''}"${member.name}":`);
    written.add(member.name);
    writeMember(json, source, view, at, end, member.kind);
  });
  if (hasAttributes) {
    json.ascii(`${written.size > 0 ? ',' : ''}"attributes":`);
    json.object(source, view, from, to, shape.attributesField);
  }
  json.byte(0x7d);
}

/** Reports whether a value is the default. Outside a oneof, zero and empty values are equivalent to absent ones. */
function isDefault(source: Uint8Array, at: number, end: number, member: Member): boolean {
  switch (member.kind) {
    case 'text':
    case 'hex':
      return at === end;
    case 'count':
      return varint(source, at) === 0;
    case 'fixed64':
    case 'fixed32':
      return source.subarray(at, end).every((byte) => byte === 0);
    default:
      return false;
  }
}

function writeMember(
  json: JsonWriter,
  source: Uint8Array,
  view: DataView,
  at: number,
  end: number,
  kind: Member['kind'],
): void {
  switch (kind) {
    case 'fixed64':
      json.unsigned64(view.getUint32(at, true), view.getUint32(at + 4, true));
      return;
    case 'signed':
      json.signed64(view.getUint32(at, true), view.getUint32(at + 4, true));
      return;
    case 'double':
      json.double(view.getUint32(at, true), view.getUint32(at + 4, true));
      return;
    case 'text':
      json.string(source, at, end);
      return;
    case 'hex':
      json.byte(0x22);
      json.hex(source, at, end);
      json.byte(0x22);
      return;
    case 'count':
      json.ascii(String(varintLow(source, at) >>> 0));
      return;
    case 'fixed32':
      json.ascii(String(view.getUint32(at, true)));
      return;
  }
}
