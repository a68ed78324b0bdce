/** Messages compiled to tables for the walk over a request. */
import { type FieldDescriptor, MESSAGES, type MessageDescriptor, type MessageName } from './descriptors.ts';
import { WireType } from './reader.ts';

/** Actions for a field, by its tag. */
export const INVALID = 0;
export const VARINT = 1;
export const FIXED64 = 2;
export const FIXED32 = 3;
export const UNPACKED_VARINT = 4;
export const UNPACKED_FIXED64 = 5;
export const GROUP = 6;
// From here on: length-delimited fields.
export const BYTES = 7;
export const ID8 = 8;
export const ID16 = 9;
export const KEY_VALUE = 10;
export const MESSAGE = 11;
export const SPAN = 12;
export const LOG_RECORD = 13;
// From here on: lists that may occur only once.
export const PACKED_FIXED64 = 14;
export const PACKED_VARINT = 15;

/** A message type as tables. Field numbers are at most 16, so tags of known fields are below 256. */
export interface Plan {
  readonly actions: Uint8Array;
  /** By tag, the bit of a field that may occur only once. Members of a oneof share one bit. */
  readonly onceBits: Int32Array;
  /** Plans of the child messages, by field number. */
  readonly children: Plan[];
  /** 1 if the message is an item, otherwise 0. */
  readonly items: number;
}

/** Actions for unknown fields, by wire type. */
const unknownActions = [VARINT, FIXED64, BYTES, GROUP, INVALID, FIXED32, INVALID, INVALID];

const ITEMS: ReadonlySet<MessageName> = new Set([
  'Span',
  'LogRecord',
  'NumberDataPoint',
  'HistogramDataPoint',
  'ExponentialHistogramDataPoint',
  'SummaryDataPoint',
  'Profile',
]);

/** Message types with a specialized walk. */
const MESSAGE_ACTIONS: Partial<Readonly<Record<MessageName, number>>> = {
  KeyValue: KEY_VALUE,
  Span: SPAN,
  LogRecord: LOG_RECORD,
};

const plans = new Map<MessageDescriptor, Plan>();
/** Returns the tables of a message type, which are built once. */
export function planOf(message: MessageDescriptor): Plan {
  const known = plans.get(message);
  if (known !== undefined) return known;
  const plan: Plan = {
    actions: Uint8Array.from({ length: 264 }, (_, tag) => (tag < 8 ? INVALID : unknownActions[tag & 7])),
    onceBits: new Int32Array(264),
    children: [],
    items: ITEMS.has(message.name) ? 1 : 0,
  };
  plans.set(message, plan);
  for (const field of message.fields) {
    for (let wireType = 0; wireType < 8; wireType++) {
      const tag = field.number * 8 + wireType;
      plan.actions[tag] = actionOf(field, wireType);
      if (!field.repeated || plan.actions[tag] >= PACKED_FIXED64) plan.onceBits[tag] = 1 << onceBitOf(message, field);
    }
    if (field.kind === 'message') plan.children[field.number] = planOf(MESSAGES[field.message]);
  }
  return plan;
}

function onceBitOf(message: MessageDescriptor, field: FieldDescriptor): number {
  if (field.oneof === undefined) return field.number;
  return message.fields.find((other) => other.oneof === field.oneof)?.number ?? field.number;
}

function actionOf(field: FieldDescriptor, wireType: number): number {
  if (field.kind === 'message') {
    if (wireType !== WireType.lengthDelimited) return INVALID;
    return MESSAGE_ACTIONS[field.message] ?? MESSAGE;
  }
  if (field.packed && wireType === WireType.lengthDelimited) {
    return field.wireType === WireType.varint ? PACKED_VARINT : PACKED_FIXED64;
  }
  if (wireType !== field.wireType) return INVALID;
  if (field.packed) return field.wireType === WireType.varint ? UNPACKED_VARINT : UNPACKED_FIXED64;
  if (field.idBytes !== undefined) return field.idBytes === 8 ? ID8 : ID16;
  return unknownActions[wireType];
}
