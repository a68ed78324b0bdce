import { FieldReader, MESSAGES, type MessageDescriptor, WireType } from '@otelier/otlp';

/** A field as it will be written, lies included: a request taken apart, to be mutated where it means something. */
export interface WireNode {
  field: number;
  wireType: number;
  /** Of a message or a group, its fields, as far as they are known; otherwise the bytes of the value. */
  value: Uint8Array | WireNode[];
  /** Needless bytes that tag and length take up. */
  tagPadding: number;
  lengthPadding: number;
  /** What the length says too much, or too little. */
  lengthError: number;
}

/** A field that is written as it should be. */
export function nodeOf(field: number, wireType: number, value: WireNode['value']): WireNode {
  return { field, wireType, value, tagPadding: 0, lengthPadding: 0, lengthError: 0 };
}

/** A copy whose fields may be changed. Bytes never are, so those are shared. */
export function cloneNode(node: WireNode): WireNode {
  return { ...node, value: node.value instanceof Uint8Array ? node.value : node.value.map(cloneNode) };
}

/** Takes valid bytes apart as far as the descriptors know them. */
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

/** Puts the bytes together. */
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

/** A varint with `padding` bytes more than it needs. */
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
