import { block, exit, go, i32, i64, loop, set, when } from './assembler.ts';
import { readAttribute } from './attributes.ts';
import { readField } from './fields.ts';
import { element, type Item } from './item-state.ts';
import { COLUMN_BYTES, FIELD, FIELDS, HASHES, NODES, RANGES, STEP, STOPPED_STEP } from './layout.ts';
import { module, move } from './texts.ts';

/** The values of `STOPPED_STEP` if the kernel did not stop at an unknown attribute, which is after this step. */
export const STOPPED = { none: 0, full: 1 } as const;

/**
 * Reads the items `row` to `last`, whose ranges are in `RANGES`, beginning at the step `root`. `hashed`: computes hashes of
 * series; `required`: bits of columns without which an item is left to the builder; `start`: the column of start times
 * followed by that of end times, which become durations, or 0. Returns the item at which it stopped.
 */
module.define(
  'i32',
  (f) => {
    const [row, last, root] = [f.parameter(), f.parameter(), f.parameter()];
    const [hashed, required, start] = [f.parameter(), f.parameter(), f.parameter()];
    const item: Item = {
      ...{ row, at: f.local(), end: f.local(), tag: f.local(), length: f.local(), kind: f.local() },
      ...{ number: f.local(), column: f.local(), value: f.local('i64'), entry: f.local(), seen: f.local() },
      ...{ step: f.local(), next: f.local(), others: f.local(), valueAt: f.local(), hash: f.local('i64') },
      ...{ low: f.local(), high: f.local() },
    };
    const { at, end, tag, kind, seen, step, low, high } = item;
    return [
      i32.store(0, STOPPED.none, STOPPED_STEP),
      block(
        'full',
        loop(
          'rows',
          when(i32.ge(row, last), [exit(row)]),
          set(at, i32.load(i32.shl(row, 3), RANGES)),
          set(end, i32.load(i32.shl(row, 3), RANGES + 4)),
          set(step, root),
          ...[seen, low, high].map((local) => set(local, 0)),
          block(
            'left',
            block(
              'complete',
              loop(
                'fields',
                go('complete', i32.ge(at, end)),
                set(tag, i32.load8(at)),
                set(kind, i32.load8(i32.shl(tag, 2), FIELDS)),
                when(i32.eq(kind, FIELD.attribute), readAttribute(item, hashed)),
                go('left', i32.eqz(kind)),
                ...readField(item),
              ),
            ),
            go('left', i32.ne(at, end)),
            go('left', i32.ne(i32.and(seen, required), required)),
            when(start, [
              i64.store(
                element(start, row, 3),
                i64.sub(i64.load(element(start, row, 3), COLUMN_BYTES), i64.load(element(start, row, 3))),
                COLUMN_BYTES,
              ),
            ]),
            i32.store(i32.shl(row, 3), low, HASHES),
            i32.store(i32.shl(row, 3), high, HASHES + 4),
            i32.store(i32.shl(row, 2), i32.add(i32.load(step, STEP.node), 1), NODES),
          ),
          move(row, 1),
          go('rows'),
        ),
      ),
      i32.store(0, STOPPED.full, STOPPED_STEP),
      i32.add(row, 0),
    ];
  },
  'run',
);

/** Returns the kernel as a binary module. */
export function kernelProgram(): Uint8Array<ArrayBuffer> {
  return module.encode();
}
