import type { Condition } from '../contract.ts';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { readLayout } from '../parquet/read/layout.ts';
import { BlockMemory, fileBlock } from '../read/scan/file-block.ts';
import { mayMatch } from '../read/scan/prune.ts';
import { mayBeInMap } from '../scan/block.ts';
import { type ScanCondition, scanConditions } from '../scan/scan-filter.ts';
import { selectRows } from '../scan/select-rows.ts';
import { firstRows } from '../scan/selection.ts';
import type { DataFile } from '../write/files/files.ts';
import type { Purpose } from './contract.ts';

/** A purpose, and how its rows are found. */
export interface PreparedPurpose extends Purpose {
  readonly conditions: readonly ScanCondition[];
}

/** Prepares purposes, those with the shortest retention first, so that a later one replaces an earlier one. */
export function preparePurposes(purposes: readonly Purpose[]): readonly PreparedPurpose[] {
  return purposes
    .map((purpose) => ({ ...purpose, conditions: scanConditions(conditionsOf(purpose)) }))
    .sort((a, b) => (a.maxAgeMillis === b.maxAgeMillis ? (a.name < b.name ? -1 : 1) : a.maxAgeMillis - b.maxAgeMillis));
}

/** Reports whether rows of a file may have a purpose. */
export function mayApply({ signals, tenants }: Purpose, { footer }: DataFile): boolean {
  return (signals?.includes(footer.signal) ?? true) && (tenants?.includes(footer.tenant) ?? true);
}

/** Which rows of a file have which purpose. */
export interface PurposeRows {
  /** Number of rows by purpose. A row may have several. */
  readonly all: ReadonlyMap<string, number>;
  /** The purpose with the longest retention of each row: its position in `names`, plus 1, or 0 if it has none. */
  readonly longest: Uint8Array;
  /** The purposes that may apply to the file, the one with the shortest retention first. */
  readonly names: readonly string[];
}

/** Finds the purposes of each row of a file. Reads only the columns that the purposes refer to. */
export function findPurposes(file: DataFile, purposes: readonly PreparedPurpose[], opener: FileOpener): PurposeRows {
  const own = purposes.filter((purpose) => mayApply(purpose, file));
  const all = new Map<string, number>();
  const longest = new Uint8Array(file.rows);
  const keys = own.flatMap(({ attributes = [] }) => attributes.map(({ key }) => key));
  const mapKeys = keys.filter((key) => mayBeInMap(file, key));
  const memory = new BlockMemory();
  const bytes = opener.open(file.path);
  try {
    let first = 0;
    for (const group of readLayout(bytes, file.path)) {
      const block = fileBlock(bytes, group, mapKeys, memory);
      for (const [i, { name, conditions }] of own.entries()) {
        if (!mayMatch(block, group, conditions)) continue;
        const rows = selectRows(block, conditions, firstRows(block.rows));
        for (const row of rows) longest[first + row] = i + 1;
        all.set(name, (all.get(name) ?? 0) + rows.length);
      }
      first += group.rows;
    }
  } finally {
    bytes.close();
  }
  return { all, longest, names: own.map(({ name }) => name) };
}

function conditionsOf({ services, attributes = [] }: Purpose): readonly Condition[] {
  const ofServices = services === undefined ? [] : [anyOf(services.map((value) => equal('service', value)))];
  const ofAttributes = attributes.map(({ key, values }) =>
    anyOf(
      [`attributes.${key}`, `resource.${key}`].flatMap((field): Condition[] =>
        values === undefined ? [{ field, op: 'exists', value: true }] : values.map((value) => equal(field, value)),
      ),
    ),
  );
  return [...ofServices, ...ofAttributes];
}

function equal(field: string, value: string | number | boolean): Condition {
  return { field, op: '=', value };
}

function anyOf([first, ...or]: readonly Condition[]): Condition {
  if (first === undefined) throw new RangeError('a condition needs at least one value');
  return { ...first, or };
}
