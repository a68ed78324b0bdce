import type { PlainColumn } from '../parquet/column.ts';
import { entryText } from '../parquet/entries.ts';
import { Groups } from '../summaries/groups.ts';
import type { RowBlock } from './block.ts';
import type { RowList } from './selection.ts';
import { StepClock, type StepRange } from './step-clock.ts';
import { NotScannableError } from './value-tests.ts';

/** How items are counted. */
export interface ItemsWanted {
  readonly range: StepRange;
  /** The columns with the properties by which items are counted: texts and 32-bit numbers. */
  readonly columns: readonly string[];
  /** Whether the sizes of the bodies are added up. */
  readonly bodies: boolean;
}

/** The items with the same properties in a step. */
export interface ItemCell {
  readonly step: number;
  readonly items: number;
  /** Size of the bodies in bytes. */
  readonly bodyBytes: number;
  /** The values of the wanted columns; missing texts are empty. */
  readonly values: readonly (string | number)[];
}

/** Maximum number of cells of a block. */
const MAX_CELLS = 100_000;
/** Maximum size of the bodies that are read for their sizes, in bytes. */
const MAX_BODY_BYTES = 64 << 20;
/** Number of columns that are combined with the groups of earlier ones at a time. */
const PER_PASS = 3;

/**
 * Counts the selected rows of a block, which are in the range, by step and the values of columns. `words` are the times of
 * all rows.
 */
export function collectItems(
  block: RowBlock,
  words: Uint32Array,
  selected: RowList,
  { range, columns, bodies }: ItemsWanted,
): readonly ItemCell[] {
  const clock = new StepClock(range);
  const steps = Uint32Array.from(selected, (row) => clock.stepOf(words[row * 2], words[row * 2 + 1] | 0));
  const properties = columns.map((name) => propertyOf(block.column(name, selected)));
  let groupOf = steps;
  let firsts: number[] = [];
  for (let from = 0; from === 0 || from < properties.length; from += PER_PASS) {
    const [a, b, c] = properties.slice(from, from + PER_PASS).map(({ numbers }) => numbers);
    const groups = new Groups();
    const next = new Uint32Array(selected.length);
    firsts = [];
    for (let i = 0; i < selected.length; i++) {
      const row = selected[i];
      const group = groups.find(groupOf[i], a?.[row] ?? 0, b?.[row] ?? 0, c?.[row] ?? 0);
      if (group === firsts.length) firsts.push(i);
      next[i] = group;
    }
    if (groups.count > MAX_CELLS) throw new NotScannableError('expected fewer combinations of values');
    groupOf = next;
  }
  const items = new Uint32Array(firsts.length);
  for (const group of groupOf) items[group] += 1;
  const sizes = bodies ? bodySizes(block, selected, groupOf, firsts.length) : undefined;
  return firsts.map((i, group) => ({
    step: steps[i],
    items: items[group],
    bodyBytes: sizes?.[group] ?? 0,
    values: properties.map(({ read }) => read(selected[i])),
  }));
}

/** Values of a column: equal numbers are equal values. */
interface Property {
  readonly numbers: Uint32Array | undefined;
  readonly read: (row: number) => string | number;
}

function propertyOf(column: PlainColumn | undefined): Property {
  switch (column?.kind) {
    case 'bytes':
      return { numbers: column.refs, read: (row) => entryText(column, column.refs[row]) };
    case 'words32': {
      const { words, present } = column;
      if (present?.includes(0) === true) throw new NotScannableError('expected a number in each row');
      return { numbers: words, read: (row) => words[row] | 0 };
    }
    case 'empty':
    case undefined:
      return { numbers: undefined, read: () => '' };
    default:
      throw new NotScannableError('expected a column of texts or 32-bit numbers');
  }
}

function bodySizes(block: RowBlock, selected: RowList, groupOf: Uint32Array, groups: number): Float64Array {
  if (block.columnBytes('body') > MAX_BODY_BYTES) throw new NotScannableError('expected shorter bodies');
  const sizes = new Float64Array(groups);
  const bodies = block.column('body', selected);
  if (bodies?.kind !== 'bytes') return sizes;
  const { refs, entries } = bodies;
  for (let i = 0; i < selected.length; i++) {
    const entry = refs[selected[i]];
    // Each entry begins with its length in four bytes.
    if (entry > 0) sizes[groupOf[i]] += entries.starts[entry] - entries.starts[entry - 1] - 4;
  }
  return sizes;
}
