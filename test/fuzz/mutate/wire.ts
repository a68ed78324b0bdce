import { WireType } from '@otelier/otlp';
import type { Random } from '@otelier/testkit/otlp/random';
import { mutateBytes, noise } from './bytes.ts';
import { cloneNode, encodeVarint, nodeOf, type WireNode, writeTree } from './wire-tree.ts';

/** Mutates the structure of a request with one to four mutations and sometimes random bytes. */
export function mutateWire(nodes: readonly WireNode[], random: Random): Uint8Array {
  const tree = nodes.map(cloneNode);
  for (let rest = 1 + random(4); rest > 0; rest--) {
    const siblings = pickLevel(tree, random);
    const mutation = MUTATIONS[random(MUTATIONS.length)];
    mutation?.(siblings, random(siblings.length), random, tree);
  }
  const bytes = writeTree(tree);
  return random(5) === 0 ? mutateBytes(bytes, random) : bytes;
}

/** Mutates the field at `at` in one message. `tree` is the whole request. Does nothing if there is no such field. */
type Mutation = (siblings: WireNode[], at: number, random: Random, tree: WireNode[]) => void;

const MUTATIONS: readonly Mutation[] = [
  duplicate,
  remove,
  swap,
  moveElsewhere,
  changeWireType,
  changeNumber,
  falsifyLength,
  pad,
  wrapInGroup,
  insertUnknown,
  nestDeeply,
  empty,
  replaceValue,
  takeExtreme,
  cutInPieces,
  mergeWithNext,
  truncate,
];

/** Returns the fields of a random message in the tree, preferring deep ones. */
function pickLevel(tree: WireNode[], random: Random): WireNode[] {
  let level = tree;
  while (random(6) > 0) {
    const inner = level.filter(isMessage);
    const next = inner[random(inner.length)];
    if (next === undefined) break;
    level = next.value as WireNode[];
  }
  return level;
}

function isMessage(node: WireNode): boolean {
  return !(node.value instanceof Uint8Array);
}

function duplicate(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined) return;
  const times = random(20) === 0 ? 50 : 1 + random(2);
  const where = random(2) === 0 ? at : random(siblings.length + 1);
  siblings.splice(where, 0, ...Array.from({ length: times }, () => cloneNode(node)));
}

function remove(siblings: WireNode[], at: number): void {
  siblings.splice(at, 1);
}

function swap(siblings: WireNode[], at: number, random: Random): void {
  const other = random(siblings.length);
  const [a, b] = [siblings[at], siblings[other]];
  if (a === undefined || b === undefined) return;
  siblings[at] = b;
  siblings[other] = a;
}

function moveElsewhere(siblings: WireNode[], at: number, random: Random, tree: WireNode[]): void {
  const node = siblings[at];
  const target = pickLevel(tree, random);
  if (node !== undefined) target.splice(random(target.length + 1), 0, cloneNode(node));
}

function changeWireType(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined) return;
  node.wireType = random(8);
  if (random(2) === 0) node.value = valueFor(node.wireType, random);
}

function changeNumber(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node !== undefined) node.field = random(2) === 0 ? 1 + random(16) : pick(FIELD_NUMBERS, random);
}

const FIELD_NUMBERS = [0, 1, 15, 16, 31, 32, 33, 2047, 2048, 19_000, 0x1fff_ffff, 0x2000_0000, 0xffff_ffff];

function falsifyLength(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined) return;
  node.wireType = WireType.lengthDelimited;
  node.lengthError = random(3) > 0 ? random(9) - 4 : pick(LENGTH_ERRORS, random);
}

const LENGTH_ERRORS = [127, 128, 16_384, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 35, 2 ** 52];

function pad(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined) return;
  if (random(2) === 0) node.tagPadding = 1 + random(10);
  else node.lengthPadding = 1 + random(10);
  if (random(4) === 0 && node.wireType === WireType.varint) node.value = encodeVarint(BigInt(random(300)), random(11));
}

function wrapInGroup(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined) return;
  const group = nodeOf(random(2) === 0 ? node.field : 100 + random(50), WireType.startGroup, [node]);
  siblings[at] = group;
  // An end-group tag without a matching start-group tag.
  if (random(4) === 0) siblings.splice(at + random(2), 0, nodeOf(group.field + 1, WireType.endGroup, NOTHING));
  for (let depth = random(8) === 0 ? random(200) : 0; depth > 0; depth--) {
    siblings[at] = nodeOf(200, WireType.startGroup, [siblings[at] ?? group]);
  }
}

function insertUnknown(siblings: WireNode[], at: number, random: Random): void {
  const wireType = pick([WireType.varint, WireType.fixed64, WireType.lengthDelimited, WireType.fixed32], random);
  siblings.splice(at, 0, nodeOf(100 + random(3_000), wireType, valueFor(wireType, random)));
}

/** Nests values in lists: field 5 of a value is a list of values, and field 6 is a list of key-value pairs. */
function nestDeeply(siblings: WireNode[], at: number, random: Random): void {
  let value: WireNode[] = [nodeOf(1, WireType.lengthDelimited, noise(random(4), random))];
  for (let depth = 10 + random(70); depth > 0; depth--) {
    const entry =
      random(2) === 0
        ? nodeOf(5, WireType.lengthDelimited, [nodeOf(1, WireType.lengthDelimited, value)])
        : mapOf(value);
    value = [entry];
  }
  const node = siblings[at];
  if (node !== undefined && isMessage(node)) node.value = value;
  else siblings.splice(at, 0, nodeOf(2 + random(10), WireType.lengthDelimited, value));
}

function mapOf(value: WireNode[]): WireNode {
  const pair = [nodeOf(1, WireType.lengthDelimited, NOTHING), nodeOf(2, WireType.lengthDelimited, value)];
  return nodeOf(6, WireType.lengthDelimited, [nodeOf(1, WireType.lengthDelimited, pair)]);
}

function empty(siblings: WireNode[], at: number): void {
  const node = siblings[at];
  if (node !== undefined) node.value = NOTHING;
}

function replaceValue(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node !== undefined) node.value = random(3) === 0 ? noise(random(40), random) : valueFor(node.wireType, random);
}

function takeExtreme(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined || !(node.value instanceof Uint8Array)) return;
  if (node.wireType === WireType.varint) node.value = encodeVarint(pick(VARINTS, random), random(3));
  else node.value = new Uint8Array(node.value.length).fill(pick([0x00, 0x7f, 0x80, 0xff], random));
}

const VARINTS = [0n, 127n, 128n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 70n];

/** Splits a message, which does not change its meaning except in lists. */
function cutInPieces(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node === undefined || node.value instanceof Uint8Array) return;
  const cut = random(node.value.length + 1);
  const pieces = [node.value.slice(0, cut), node.value.slice(cut)];
  siblings.splice(at, 1, ...pieces.map((value) => ({ ...node, value })));
}

function mergeWithNext(siblings: WireNode[], at: number): void {
  const [node, next] = siblings.slice(at, at + 2);
  if (node === undefined || next === undefined) return;
  const content = ({ value }: WireNode): Uint8Array => (value instanceof Uint8Array ? value : writeTree(value));
  siblings.splice(at, 2, { ...node, value: Buffer.concat([content(node), content(next)]) });
}

function truncate(siblings: WireNode[], at: number, random: Random): void {
  const node = siblings[at];
  if (node?.value instanceof Uint8Array) node.value = node.value.slice(0, random(node.value.length + 1));
  else siblings.length = Math.min(siblings.length, at);
}

function valueFor(wireType: number, random: Random): Uint8Array {
  switch (wireType) {
    case WireType.varint:
      return encodeVarint(random(2) === 0 ? BigInt(random(300)) : pick(VARINTS, random));
    case WireType.fixed64:
      return noise(8, random);
    case WireType.fixed32:
      return noise(4, random);
    default:
      return noise(random(24), random);
  }
}

function pick<T>(values: readonly [T, ...T[]] | readonly T[], random: Random): T {
  return values[random(values.length)] as T;
}

const NOTHING = new Uint8Array();
