/**
 * The one structural walk over a request that arrives: every length, tag, wire type, depth and id, in one pass that
 * allocates nothing. Messages are compiled from the descriptors into tables indexed by tag, and what requests are made
 * of, attributes, takes a shorter way (`usualAttributes`). Measured by `normalize.bench.ts`.
 */
import type { Signal } from '../signals.ts';
import { MESSAGES, type MessageDescriptor } from './descriptors.ts';
import { findEndOfGroup } from './group.ts';
import {
  BYTES,
  FIXED32,
  FIXED64,
  GROUP,
  ID8,
  ID16,
  KEY_VALUE,
  LOG_RECORD,
  MESSAGE,
  PACKED_FIXED64,
  PACKED_VARINT,
  type Plan,
  planOf,
  SPAN,
  UNPACKED_FIXED64,
  UNPACKED_VARINT,
  VARINT,
} from './plan.ts';
import { findEndOfVarint, MAX_HEAD_BYTES, MAX_TAG, readVarint } from './reader.ts';

/**
 * How deep messages may nest below the request. Other protobuf implementations (C++, Java, Python, protobufjs) refuse
 * to read deeper ones, so passing them on would make whole batches undeliverable.
 */
export const MAX_MESSAGE_DEPTH = 100;

/** The message that the walk takes a signal's request for. */
export const WALKED_MESSAGES: Readonly<Record<Signal, MessageDescriptor>> = {
  traces: MESSAGES.ExportTraceServiceRequest,
  metrics: MESSAGES.ExportMetricsServiceRequest,
  logs: MESSAGES.ExportLogsServiceRequest,
  profiles: MESSAGES.ExportProfilesServiceRequest,
};

/** What the walk found. */
export interface Validation {
  /** False: the bytes are no request of this signal, and must be refused. */
  valid: boolean;
  /** Whether the request reads the same in place, taking every singular field where it first occurs. */
  canonical: boolean;
  /** Number of items; of a request that is not canonical, of all occurrences. */
  itemCount: number;
}

/** Walks a whole request. The result is reused: it is overwritten by the next call. */
export function validateRequest(signal: Signal, bytes: Uint8Array): Validation {
  items = 0;
  canonical = true;
  view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  result.valid = walk(REQUEST_PLANS[signal], bytes, 0, bytes.length, 0, 0);
  view = NO_BYTES;
  result.canonical = canonical;
  result.itemCount = items;
  return result;
}

/** Whether a message within a request that `validateRequest` has found valid is canonical. */
export function isCanonical(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): boolean {
  canonical = true;
  view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  walk(planOf(message), bytes, start, end, 0, 0);
  view = NO_BYTES;
  return canonical;
}

const result: Validation = { valid: false, canonical: false, itemCount: 0 };

// The state of the walk under way. Variables of the module, because returning them costs an object a message.
let items = 0;
let canonical = true;
const NO_BYTES: DataView = new DataView(new ArrayBuffer(0));
/** The bytes under the walk, for reading four at once. Let go of afterwards, or they would outlive their request. */
let view: DataView = NO_BYTES;
/** Offset after the last number that `longVarint` read. */
let cursor = 0;

/** What stands in the tables for all tags above 255. */
const UNKNOWN_TAG = 256;

function walk(plan: Plan, bytes: Uint8Array, start: number, end: number, depth: number, seenBefore: number): boolean {
  if (depth > MAX_MESSAGE_DEPTH) return false;
  items += plan.items;
  const actions = plan.actions;
  const onceBits = plan.onceBits;
  let seen = seenBefore;
  let pos = start;
  while (pos < end) {
    const tagStart = pos;
    let tag = bytes[pos++] as number;
    if (tag > 127) {
      tag = longVarint(bytes, tagStart, end);
      if (tag < 8 || tag > MAX_TAG) return false;
      pos = cursor;
      // An unknown field of a high number; field 0 of the same wire type has its entry.
      if (tag > 255) tag = UNKNOWN_TAG | (tag & 7);
    }
    const bit = onceBits[tag] as number;
    if ((seen & bit) !== 0) canonical = false;
    seen |= bit;
    const action = actions[tag] as number;
    if (action === KEY_VALUE) {
      const next = usualAttributes(bytes, tagStart, end, tag, depth + 1);
      if (next > tagStart) {
        pos = next;
        continue;
      }
    }
    if (action >= BYTES) {
      if (pos >= end) return false;
      let length = bytes[pos++] as number;
      if (length > 127) {
        length = longVarint(bytes, pos - 1, end);
        if (length < 0) return false;
        pos = cursor;
      }
      const next = pos + length;
      if (next > end) return false;
      if (action > BYTES) {
        switch (action) {
          case SPAN:
            if (!walkSpan(bytes, pos, next, depth + 1)) return false;
            break;
          case LOG_RECORD:
            if (!walkLogRecord(bytes, pos, next, depth + 1)) return false;
            break;
          case KEY_VALUE:
          case MESSAGE:
            if (!walk(plan.children[tag >> 3] as Plan, bytes, pos, next, depth + 1, 0)) return false;
            break;
          case ID8:
            if (length !== 8 && length !== 0) return false;
            break;
          case ID16:
            if (length !== 16 && length !== 0) return false;
            break;
          case PACKED_FIXED64:
            if ((length & 7) !== 0) return false;
            break;
          case PACKED_VARINT:
            if (!packedVarints(bytes, pos, next)) return false;
            break;
        }
      }
      pos = next;
      continue;
    }
    switch (action) {
      case UNPACKED_VARINT:
        canonical = false;
        pos = findEndOfVarint(bytes, pos, end);
        break;
      case VARINT:
        if (pos < end && (bytes[pos] as number) < 128) pos++;
        else pos = findEndOfVarint(bytes, pos, end);
        break;
      case UNPACKED_FIXED64:
        canonical = false;
        pos += 8;
        break;
      case FIXED64:
        pos += 8;
        break;
      case FIXED32:
        pos += 4;
        break;
      case GROUP:
        canonical = false;
        pos = findEndOfGroup(bytes, tagStart, end);
        break;
      default:
        return false;
    }
    if (pos < 0) return false;
  }
  return pos === end;
}

/**
 * Exporters write fields in the order of their numbers, so a span's head is expected in that order, in a straight line.
 * Where it looks different, `walk` goes on from there.
 */
function walkSpan(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
  let pos = start;
  let seen = 0;
  if (end - pos >= 128) {
    if (bytes[pos] === 0x0a && bytes[pos + 1] === 16) {
      seen |= 1 << 1;
      pos += 18;
    }
    if (bytes[pos] === 0x12 && bytes[pos + 1] === 8) {
      seen |= 1 << 2;
      pos += 10;
    }
    if (bytes[pos] === 0x22 && bytes[pos + 1] === 8) {
      seen |= 1 << 4;
      pos += 10;
    }
    if (bytes[pos] === 0x2a && (bytes[pos + 1] as number) < 64) {
      seen |= 1 << 5;
      pos += 2 + (bytes[pos + 1] as number);
    }
    if (bytes[pos] === 0x30 && (bytes[pos + 1] as number) < 128) {
      seen |= 1 << 6;
      pos += 2;
    }
    if (bytes[pos] === 0x39) {
      seen |= 1 << 7;
      pos += 9;
    }
    if (bytes[pos] === 0x41) {
      seen |= 1 << 8;
      pos += 9;
    }
    if (bytes[pos] === 0x4a) {
      pos = usualAttributes(bytes, pos, end, 0x4a, depth + 1);
    }
    if (pos === end) {
      items++;
      return true;
    }
  }
  return walk(SPAN_PLAN, bytes, pos, end, depth, seen);
}

/** As `walkSpan`, for the head of a log record: times, severity, a short body of text, attributes. */
function walkLogRecord(bytes: Uint8Array, start: number, end: number, depth: number): boolean {
  let pos = start;
  let seen = 0;
  if (end - pos >= 128) {
    if (bytes[pos] === 0x09) {
      seen |= 1 << 1;
      pos += 9;
    }
    // The Collector writes the time of observation here.
    if (bytes[pos] === 0x59) {
      seen |= 1 << 11;
      pos += 9;
    }
    if (bytes[pos] === 0x10 && (bytes[pos + 1] as number) < 128) {
      seen |= 1 << 2;
      pos += 2;
    }
    if (bytes[pos] === 0x1a && (bytes[pos + 1] as number) < 32) {
      seen |= 1 << 3;
      pos += 2 + (bytes[pos + 1] as number);
    }
    const length = bytes[pos + 1] as number;
    const isText = length < 128 && bytes[pos + 2] === 0x0a && bytes[pos + 3] === length - 2;
    if (bytes[pos] === 0x2a && isText && pos + 2 + length <= end) {
      seen |= 1 << 5;
      pos += 2 + length;
    }
    if (bytes[pos] === 0x32 && pos < end) {
      pos = usualAttributes(bytes, pos, end, 0x32, depth + 1);
    }
    if (bytes[pos] === 0x4a && bytes[pos + 1] === 16 && pos + 18 <= end) {
      seen |= 1 << 9;
      pos += 18;
    }
    if (bytes[pos] === 0x52 && bytes[pos + 1] === 8 && pos + 10 <= end) {
      seen |= 1 << 10;
      pos += 10;
    }
    if (pos === end) {
      items++;
      return true;
    }
  }
  return walk(LOG_RECORD_PLAN, bytes, pos, end, depth, seen);
}

/**
 * Walks attributes that follow each other from `start` on as long as they look as usual, and returns the offset where
 * they no longer do.
 *
 * Nearly every attribute is `tag length 0a kl key 12 vl 0a sl string` or `… 12 vl 18 varint` with lengths of one byte.
 * Then two words of four bytes, the first and the one after the key, say all there is to know, because the lengths in
 * them must fit to each other: 3 ns an attribute, and 17 by way of `walk`.
 */
function usualAttributes(bytes: Uint8Array, start: number, end: number, tag: number, depth: number): number {
  // Its value is one level further down.
  if (depth >= MAX_MESSAGE_DEPTH) return start;
  const words = view;
  const first = tag | 0x0a_0000;
  let pos = start;
  while (end - pos >= 8) {
    const head = words.getInt32(pos, true);
    if ((head & 0x80ff_80ff) !== first) break;
    const length = (head >> 8) & 127;
    const next = pos + 2 + length;
    if (next > end) break;
    const keyLength = head >>> 24;
    const valueLength = length - keyLength - 4;
    if (valueLength < 2) break;
    const value = words.getInt32(pos + keyLength + 4, true);
    if (value !== (0x0a_0012 | (valueLength << 8) | ((valueLength - 2) << 24))) {
      if ((value & 0xff_ffff) !== (0x18_0012 | (valueLength << 8))) break;
      let last = pos + keyLength + 7;
      while (last < next && (bytes[last] as number) > 127) last++;
      if (last + 1 !== next || valueLength > 11) break;
    }
    pos = next;
  }
  return pos;
}

function packedVarints(bytes: Uint8Array, start: number, end: number): boolean {
  let pos = start;
  while (pos < end) {
    if ((bytes[pos] as number) < 128) {
      pos++;
    } else {
      pos = findEndOfVarint(bytes, pos, end);
      if (pos < 0) return false;
    }
  }
  return true;
}

/** A tag or length of several bytes; -1 when it is malformed. Leaves the offset after it in `cursor`. */
function longVarint(bytes: Uint8Array, start: number, end: number): number {
  const second = bytes[start + 1] as number;
  if (second > 0 && second < 128 && start + 2 <= end) {
    cursor = start + 2;
    return ((bytes[start] as number) & 127) | (second << 7);
  }
  cursor = findEndOfVarint(bytes, start, end, MAX_HEAD_BYTES);
  if (cursor < 0) return -1;
  if (bytes[cursor - 1] === 0 && cursor > start + 1) canonical = false;
  return readVarint(bytes, start);
}

const SPAN_PLAN = planOf(MESSAGES.Span);
const LOG_RECORD_PLAN = planOf(MESSAGES.LogRecord);
const REQUEST_PLANS: Readonly<Record<Signal, Plan>> = {
  traces: planOf(WALKED_MESSAGES.traces),
  metrics: planOf(WALKED_MESSAGES.metrics),
  logs: planOf(WALKED_MESSAGES.logs),
  profiles: planOf(WALKED_MESSAGES.profiles),
};
