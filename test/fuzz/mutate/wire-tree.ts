import { FieldReader, MESSAGES, type MessageDescriptor, WireType } from '@otelier/otlp';

/** A field of a parsed request that can be mutated and encoded, including errors. */
export interface WireNode {
  field: number;
  wireType: number;
  /** The fields of a known message or group, or the bytes of any other value. */
  value: Uint8Array | WireNode[];
  /** Number of redundant bytes in the tag and length. */
  tagPadding: number;
  lengthPadding: number;
  /** Difference between the encoded length and the correct one. */
  lengthError: number;
}

/** Creates a valid field. */
export function nodeOf(field: number, wireType: number, value: WireNode['value']): WireNode {
  return { field, wireType, value, tagPadding: 0, lengthPadding: 0, lengthError: 0 };
}

/** Copies a field for mutation. Bytes are shared, because they are never mutated. */
export function cloneNode(node: WireNode): WireNode {
  return { ...node, value: node.value instanceof Uint8Array ? node.value : node.value.map(cloneNode) };
}

/** Parses valid bytes as far as the descriptors describe them. */
export function parseTree(message: MessageDescriptor, bytes: Uint8Array): WireNode[] {
  const nodes: WireNode[] = [];
  const reader = new FieldReader(bytes);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    const value = bytes.subarray(reader.valueStart, reader.valueEnd);
    const isMessage = field?.kind === 'message' && reader.wireType === WireType.lengthDelimited;
    nodes.push(nodeOf(reader.field, reader.wireType, isMessage ? parseTree(MESSAGES[field.message], value) : value));
  }
  return nodes;
}

/** Encodes the fields. */
export function writeTree(nodes: readonly WireNode[]): Uint8Array {
  const parts: Uint8Array[] = [];
  appendNodes(nodes, parts);
  return Buffer.concat(parts);
}

function appendNodes(nodes: readonly WireNode[], parts: Uint8Array[]): void {
  for (const { field, wireType, value, tagPadding, lengthPadding, lengthError } of nodes) {
    parts.push(encodeVarint(field * 8 + wireType, tagPadding));
    const content = value instanceof Uint8Array ? value : writeTree(value);
    if (wireType === WireType.lengthDelimited) {
      parts.push(encodeVarint(Math.max(0, content.length + lengthError), lengthPadding));
    }
    parts.push(content);
    if (wireType === WireType.startGroup) parts.push(encodeVarint(field * 8 + WireType.endGroup, 0));
  }
}

/** Encodes a varint with `padding` redundant bytes. */
export function encodeVarint(value: bigint | number, padding = 0): Uint8Array {
  if (value < 128 && padding === 0) return Uint8Array.of(Number(value));
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  for (let i = 0; i < padding; i++) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
    bytes.push(0);
  }
  return Uint8Array.from(bytes);
}
