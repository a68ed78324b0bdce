import { onePassPieces, type Piece } from '../parsers/one-pass.ts';
import type { Key, KeyTable } from './key-table.ts';
import type { ReadFields } from './read-fields.ts';

/** A step of a pattern: characters, or the beginning or end of a named group. */
type Step =
  | { readonly kind: 'characters'; readonly table: Uint8Array; readonly min: number; readonly max: number }
  | { readonly kind: 'begin'; readonly group: number }
  | { readonly kind: 'end'; readonly group: number };

/**
 * Returns the function that reads the named groups of a regular expression in ASCII; `undefined` for expressions that
 * could backtrack.
 */
export function patternFields(keys: KeyTable, source: string): ReadFields | undefined {
  const expression = onePassPieces(source);
  if (expression === undefined) return undefined;
  const names = expression.pieces.flatMap(({ name }) => name ?? []);
  if (new Set(names).size < names.length) return undefined;
  const groups = names.map((name) => keys.named(name));
  const steps = stepsOf(expression.pieces);
  const { isWhole } = expression;
  const starts = new Int32Array(groups.length);
  const ends = new Int32Array(groups.length);
  const matches = (bytes: Buffer, start: number, end: number): boolean => {
    let at = start;
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] as Step;
      if (step.kind === 'begin') {
        starts[step.group] = at;
      } else if (step.kind === 'end') {
        ends[step.group] = at;
      } else {
        const first = at;
        at = skipped(bytes, at, step.max < end - at ? at + step.max : end, step.table);
        if (at - first < step.min) return false;
      }
    }
    return !isWhole || at === end;
  };
  return (record, start, end) => {
    if (!matches(record.bytes, start, end)) return false;
    for (let group = 0; group < groups.length; group++) {
      const slot = record.add(groups[group] as Key);
      if (slot < 0) return false;
      record.setText(slot, starts[group] as number, ends[group] as number);
    }
    return true;
  };
}

/** Returns the position of the first byte that is not in a table, or the end. */
function skipped(bytes: Buffer, start: number, end: number, table: Uint8Array): number {
  let at = start;
  while (at < end && table[bytes[at] as number] === 1) at++;
  return at;
}

function stepsOf(pieces: readonly Piece[]): Step[] {
  const open: (number | undefined)[] = [];
  let count = 0;
  return pieces.flatMap((piece): Step[] => {
    if (piece.kind === 'characters') {
      const { ascii, min, max } = piece;
      return [
        { kind: 'characters', table: Uint8Array.from({ length: 256 }, (_, code) => (ascii[code] ? 1 : 0)), min, max },
      ];
    }
    if (piece.kind === 'open') {
      const group = piece.name === undefined ? undefined : count++;
      open.push(group);
      return group === undefined ? [] : [{ kind: 'begin', group }];
    }
    const group = open.pop();
    return group === undefined ? [] : [{ kind: 'end', group }];
  });
}
