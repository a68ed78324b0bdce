import { SIGNALS, type Signal } from '../signals.ts';
import { readVarint, WireType } from './reader.ts';

/**
 * Counts the spans, log records, data points or profiles in a normalized request. Payloads are skipped, so the cost is
 * about 8 ns per item.
 */
export function countItems(signal: Signal, bytes: Uint8Array): number {
  return countLevel(bytes, 0, bytes.length, LEVELS[signal], 0, 0);
}

/**
 * Counts the messages that contain items in a normalized request: resources, scopes, metrics and their data. They may
 * be empty, and a malicious request can have millions of them.
 */
export function countContainers(signal: Signal, bytes: Uint8Array): number {
  return countLevel(bytes, 0, bytes.length, CONTAINER_LEVELS[signal], 0, 1);
}

/** The fields that lead from each level to the next, as bits, by signal. Those of the last level are the items. */
const LEVELS: Readonly<Record<Signal, readonly number[]>> = {
  traces: levelsOf('traces'),
  metrics: levelsOf('metrics'),
  logs: levelsOf('logs'),
  profiles: levelsOf('profiles'),
};

const CONTAINER_LEVELS: Readonly<Record<Signal, readonly number[]>> = {
  traces: LEVELS.traces.slice(0, -1),
  metrics: LEVELS.metrics.slice(0, -1),
  logs: LEVELS.logs.slice(0, -1),
  profiles: LEVELS.profiles.slice(0, -1),
};

function levelsOf(signal: Signal): readonly number[] {
  const { resourceField, scopeField, itemField, points } = SIGNALS[signal];
  const levels = [1 << resourceField, 1 << scopeField, 1 << itemField];
  if (points === undefined) return levels;
  const dataFields = points.dataFields.reduce((bits, field) => bits | (1 << field), 0);
  return [...levels, dataFields, 1 << points.pointField];
}

/** Counts the messages at the last level once, and those above it `containerWeight` times. */
function countLevel(
  bytes: Uint8Array,
  start: number,
  end: number,
  levels: readonly number[],
  level: number,
  containerWeight: number,
): number {
  const wanted = levels[level];
  const isLast = level === levels.length - 1;
  let found = 0;
  let pos = start;
  while (pos < end) {
    let tag = bytes[pos++];
    if (tag > 127) {
      tag = readVarint(bytes, pos - 1);
      pos = afterVarint(bytes, pos);
    }
    switch (tag & 7) {
      case WireType.lengthDelimited: {
        let length = bytes[pos++];
        if (length > 127) {
          length = readVarint(bytes, pos - 1);
          pos = afterVarint(bytes, pos);
        }
        // Unknown fields may have numbers for which the shift would wrap around.
        if (tag < 256 && (wanted & (1 << (tag >> 3))) !== 0) {
          found += isLast
            ? 1
            : containerWeight + countLevel(bytes, pos, pos + length, levels, level + 1, containerWeight);
        }
        pos += length;
        break;
      }
      case WireType.varint:
        pos = afterVarint(bytes, pos);
        break;
      case WireType.fixed64:
        pos += 8;
        break;
      case WireType.fixed32:
        pos += 4;
        break;
      default:
        throw new Error(`countItems: bytes that normalizeRequest has not seen, at offset ${pos}`);
    }
  }
  return found;
}

/** Returns the offset after the varint whose last byte is at or after `start`. */
function afterVarint(bytes: Uint8Array, start: number): number {
  let pos = start;
  while (bytes[pos] > 127) pos++;
  return pos + 1;
}
