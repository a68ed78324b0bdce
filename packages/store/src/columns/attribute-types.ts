import type { AttributeType } from '../schema.ts';
import { isCutAsJson } from './json.ts';
import { varint, varintEnd } from './wire.ts';

/** Numeric attribute types: string, integer, double, boolean, and values that only wire bytes preserve. */
export const TEXT = 0;
export const INTEGER = 1;
export const DOUBLE = 2;
export const BOOL = 3;
export const WIRE = 4;

/** The letter that denotes each type in `attr_keys`. */
export const TYPE_LETTERS: readonly (AttributeType | 'w')[] = ['s', 'i', 'd', 'b', 'w'];

/** Returns the type of an AnyValue that a column can represent exactly, otherwise `WIRE`. */
export function typeOf(source: Uint8Array, view: DataView, from: number, to: number): number {
  if (to <= from) return WIRE;
  switch (source[from]) {
    case 0x0a:
      if (varintEnd(source, from + 1) + varint(source, from + 1) !== to) return WIRE;
      return isCutAsJson(source, from + 1, to) ? WIRE : TEXT;
    case 0x10:
      return to === from + 2 && source[from + 1] < 2 ? BOOL : WIRE;
    case 0x18:
      return varintEnd(source, from + 1) === to ? INTEGER : WIRE;
    case 0x21:
      return to === from + 9 && isPlainDouble(view, from + 1) ? DOUBLE : WIRE;
    default:
      return WIRE;
  }
}

/** Reports whether a double survives conversion to text. A NaN with a payload does not. */
export function isPlainDouble(view: DataView, at: number): boolean {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  const notANumber = (high & 0x7ff0_0000) === 0x7ff0_0000 && ((high & 0xf_ffff) !== 0 || low !== 0);
  return !notANumber || (high === 0x7ff8_0000 && low === 0);
}
