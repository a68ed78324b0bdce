import type { GroupLayout } from '../../parquet/read/layout.ts';
import type { ScanCondition } from '../../scan/scan-filter.ts';
import type { FileBlock } from './file-block.ts';

/**
 * Reports whether some row of a row group may satisfy all conditions, from the bounds of numbers and the dictionaries of
 * texts, which take a fraction of the time of the rows.
 */
export function mayMatch(block: FileBlock, layout: GroupLayout, conditions: readonly ScanCondition[]): boolean {
  return conditions.every((condition) =>
    [condition, ...condition.or].some((one) => conditionMayHold(block, layout, one)),
  );
}

function conditionMayHold(block: FileBlock, layout: GroupLayout, { places, tests }: ScanCondition): boolean {
  switch (places.kind) {
    case 'column':
      return places.missing !== undefined || columnMayHold(block, layout, places.name, tests);
    case 'attribute':
      return block.mayBeInMap(places.key) || places.columns.some((name) => columnMayHold(block, layout, name, tests));
    case 'resource':
    case 'texts':
      return true;
  }
}

function columnMayHold(block: FileBlock, layout: GroupLayout, name: string, tests: ScanCondition['tests']): boolean {
  const chunk = layout.chunks.get(name);
  if (chunk === undefined) return false;
  const { bounds, type } = chunk;
  if (type === 'int64' && bounds !== undefined && tests.numbers !== undefined) {
    const [min, max] = [bounds.min, bounds.max].map((bytes) => Number(Buffer.from(bytes).readBigInt64LE()));
    return (max ?? 0) >= tests.numbers.from && (min ?? 0) <= tests.numbers.to;
  }
  return type !== 'text' || block.mayHaveText(name, tests.text);
}
