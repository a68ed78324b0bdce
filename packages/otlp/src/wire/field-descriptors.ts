import type { EnumName } from './enums.ts';
import type { MessageName } from './message-names.ts';
import { WireType } from './reader.ts';

/** The scalar types used by OTLP. */
export type ScalarKind = keyof typeof SCALAR_WIRE_TYPES;

interface AnyField {
  readonly number: number;
  /** Name in the `.proto` file, such as `trace_id`. */
  readonly name: string;
  /** Name in OTLP/JSON, such as `traceId`. */
  readonly jsonName: string;
  /** Wire type of a single value; for repeated scalars, of an unpacked value. */
  readonly wireType: number;
  readonly repeated: boolean;
  /** Name of the oneof that contains the field. */
  readonly oneof: string | undefined;
}

/** A field that contains a scalar, or a list of scalars, which is packed except for strings and bytes. */
export interface ScalarField extends AnyField {
  readonly kind: ScalarKind;
  /** Whether the scalars are packed into one length-delimited value. Readers must also accept the other form. */
  readonly packed: boolean;
  /** Whether the field tracks presence: it is `optional` in the `.proto` file, or a member of a oneof. */
  readonly explicitPresence: boolean;
  /** Length of non-empty trace and span IDs. OTLP/JSON writes them in hexadecimal, not in base64. */
  readonly idBytes: number | undefined;
  /** Enum name, for enum fields. */
  readonly enumName: EnumName | undefined;
}

/** A field that contains a message, or a list of messages. */
export interface MessageField extends AnyField {
  readonly kind: 'message';
  /** Key of the field's message type in `MESSAGES`. */
  readonly message: MessageName;
}

/** A field of an OTLP message. */
export type FieldDescriptor = ScalarField | MessageField;

const SCALAR_WIRE_TYPES = {
  bool: WireType.varint,
  bytes: WireType.lengthDelimited,
  double: WireType.fixed64,
  enum: WireType.varint,
  fixed32: WireType.fixed32,
  fixed64: WireType.fixed64,
  int32: WireType.varint,
  int64: WireType.varint,
  sfixed64: WireType.fixed64,
  sint32: WireType.varint,
  string: WireType.lengthDelimited,
  uint32: WireType.varint,
  uint64: WireType.varint,
} as const;

/** Describes a scalar field. */
export function scalar(number: number, name: string, kind: ScalarKind): ScalarField {
  return {
    ...field(number, name, SCALAR_WIRE_TYPES[kind]),
    kind,
    packed: false,
    explicitPresence: false,
    idBytes: undefined,
    enumName: undefined,
  };
}

/** Describes a trace, span or profile ID. */
export function id(number: number, name: string, idBytes: number): ScalarField {
  return { ...scalar(number, name, 'bytes'), idBytes };
}

/** Describes an enumeration field. */
export function enumeration(number: number, name: string, enumName: EnumName): ScalarField {
  return { ...scalar(number, name, 'enum'), enumName };
}

/** Returns a field that tracks presence. */
export function optional(descriptor: ScalarField): ScalarField {
  return { ...descriptor, explicitPresence: true };
}

/** Describes a field that contains a message. */
export function message(number: number, name: string, of: MessageName): MessageField {
  return { ...field(number, name, WireType.lengthDelimited), kind: 'message', message: of };
}

/** Returns a field that is a list. */
export function repeated(descriptor: FieldDescriptor): FieldDescriptor {
  return descriptor.kind === 'message'
    ? { ...descriptor, repeated: true }
    : { ...descriptor, repeated: true, packed: descriptor.wireType !== WireType.lengthDelimited };
}

/** Returns a field that is a member of a oneof. */
export function oneof(name: string, descriptor: FieldDescriptor): FieldDescriptor {
  return descriptor.kind === 'message'
    ? { ...descriptor, oneof: name }
    : { ...descriptor, oneof: name, explicitPresence: true };
}

function field(number: number, name: string, wireType: number): AnyField {
  const jsonName = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return { number, name, jsonName, wireType, repeated: false, oneof: undefined };
}
