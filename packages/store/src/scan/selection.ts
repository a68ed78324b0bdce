/** Rows of a block in ascending order, which must not be changed. */
export type RowList = Uint32Array;

let rows = new Uint32Array(0);

/** Returns the first `count` rows. */
export function firstRows(count: number): RowList {
  if (rows.length < count) rows = new Uint32Array(Math.max(count, rows.length * 2)).map((_, row) => row);
  return rows.subarray(0, count);
}

/** Returns the rows of some lists of different rows, among the first `count`. */
export function combine(lists: readonly RowList[], count: number): RowList {
  const [first, second] = lists.filter(({ length }) => length > 0);
  if (first === undefined || second === undefined) return first ?? new Uint32Array(0);
  const flags = new Uint8Array(count);
  for (const list of lists) for (const row of list) flags[row] = 1;
  return flaggedRows(flags);
}

/** Returns the rows whose element is not 0. */
export function flaggedRows(flags: Uint8Array | Uint32Array): RowList {
  const found = new Uint32Array(flags.length);
  let count = 0;
  for (let row = 0; row < flags.length; row++) if (flags[row] !== 0) found[count++] = row;
  return found.subarray(0, count);
}

/** Returns those of some rows for which a function returns `true`. */
export function filterRows(rows: RowList, holds: (row: number) => boolean): RowList {
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) if (holds(rows[i])) found[count++] = rows[i];
  return found.subarray(0, count);
}

/** Returns those of some rows whose reference has the element `flag` in `flags`. */
export function rowsOfEntries(rows: RowList, refs: Uint32Array, flags: Uint8Array, flag: 0 | 1): RowList {
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (flags[refs[row]] === flag) found[count++] = row;
  }
  return found.subarray(0, count);
}
