import { MESSAGES, type MessageDescriptor } from '@otelier/otlp';
import protobuf from 'protobufjs';

/** A message decoded by protobufjs: `.proto` field names, 64-bit integers as strings, strings and bytes as base64. */
export type OracleMessage = Readonly<Record<string, unknown>>;

/**
 * Decodes with protobufjs, which shares no code with otelier, using the same descriptors. Throws if protobufjs
 * considers the bytes malformed. Unlike otelier, it treats a known field with a different wire type as unknown and
 * accepts IDs of any length.
 */
export function decodeWithProtobufjs(message: MessageDescriptor, bytes: Uint8Array): OracleMessage {
  const type = root.lookupType(typeName(message));
  return type.toObject(type.decode(bytes), { longs: String, bytes: String, oneofs: false });
}

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.values(MESSAGES).map((message) => [typeName(message), typeOf(message)])),
});
root.resolveAll();

function typeOf(message: MessageDescriptor): protobuf.IType {
  const oneofs = Map.groupBy(
    message.fields.filter((field) => field.oneof !== undefined),
    (field) => field.oneof as string,
  );
  return {
    oneofs: Object.fromEntries([...oneofs].map(([name, members]) => [name, { oneof: members.map((f) => f.name) }])),
    fields: Object.fromEntries(
      message.fields.map((field) => {
        // On the wire, an open enum is an int32 and a string is bytes. Decoding them as such also compares invalid
        // UTF-8.
        const scalar = field.kind === 'enum' ? 'int32' : field.kind === 'string' ? 'bytes' : field.kind;
        const type = field.kind === 'message' ? typeName(MESSAGES[field.message]) : scalar;
        if (field.repeated) return [field.name, { rule: 'repeated', type, id: field.number }];
        // Otherwise, protobufjs drops default values that are present on the wire.
        const isOptional = field.kind !== 'message' && field.explicitPresence && field.oneof === undefined;
        const options = isOptional ? { options: { features: { field_presence: 'EXPLICIT' } } } : {};
        return [field.name, { type, id: field.number, ...options }];
      }),
    ),
  };
}

/** Converts a type name to the syntax of protobufjs, which separates packages with dots. */
function typeName(message: MessageDescriptor): string {
  return message.name.replace('.', '_');
}
