import { join } from 'node:path';
import { errorMessage } from '../../error-message.ts';
import type { Partials } from '../../schema.ts';
import type { Positions } from '../protocol.ts';
import { hasOnly, isRecord, readCheckedJson, writeCheckedJson } from './checked-json.ts';
import { type Report, setAsideDamaged } from './damaged.ts';
import { formatRanges, isRanges, type NumberRange } from './file-numbers.ts';
import { type Files, keyOf } from './files.ts';
import { isCounts, isPartials } from './footer.ts';

/** Positions from file footers, including those of files that retention removed. */
export interface WrittenPositions {
  /** By tenant and signal (`keyOf`): all rows up to this position have been written to files. */
  readonly written: ReadonlyMap<string, Positions>;
  /** By tenant and signal: how much of the record after `written` has been written to files. */
  readonly partial: ReadonlyMap<string, Partials>;
  /** Everything below this position has been written to files, for every tenant and signal. Reading starts here. */
  readonly resume: Positions;
}

/** The contents of `positions.json`. */
export interface PositionsFile {
  readonly written: Readonly<Record<string, Positions>>;
  readonly partial: Readonly<Record<string, Partials>>;
  readonly resume: Positions;
  /** Numbers of removed files. */
  readonly absent: readonly NumberRange[];
  /** Number of the newest file. */
  readonly lastNumber: number;
}

const NAME = 'positions.json';
const NOTHING: PositionsFile = { written: {}, partial: {}, resume: {}, absent: [], lastNumber: 0 };

/**
 * Reads the positions up to which journals have been written to files: the highest in any footer and, for removed
 * files, those in `positions.json`. Without the latter, rows of removed files would reappear if their records are still
 * in a journal. Reports missing files.
 */
export function readPositions(directory: string, files: Files, report: Report): WrittenPositions {
  const { kept, isDamaged } = readOrSetAside(directory, report);
  const written = new Map<string, Positions>(Object.entries(kept.written));
  const partial = new Map<string, Partials>(Object.entries(kept.partial));
  let { resume } = kept;
  for (const { footer } of files.all()) {
    const key = keyOf(footer.tenant, footer.signal);
    written.set(key, highest(written.get(key) ?? {}, footer.positions));
    if (footer.partial !== undefined) partial.set(key, furthest(partial.get(key) ?? {}, footer.partial));
    resume = highest(resume, footer.resume);
  }
  const positions = { written, partial, resume };
  files.numbers.restore(kept.absent, kept.lastNumber);
  const missing = files.numbers.takeMissing();
  // Without the list of removed files, it is unknown which missing files retention removed.
  if (missing.length > 0 && !isDamaged) reportMissing(directory, missing, report);
  // A crash may have left files that others replaced, which are removed now and would be missing at the next start.
  const isChanged = JSON.stringify(files.numbers.absent) !== JSON.stringify(kept.absent);
  if (isChanged || isDamaged) tryKeep(directory, positions, files, report);
  return positions;
}

/**
 * Returns the highest position in files for each journal. A journal that ends below it is not the journal that was
 * read.
 */
export function statedPositions({ written, resume }: WrittenPositions): Positions {
  return [...written.values()].reduce(highest, resume);
}

/** Stores positions before the files that contain them are removed. */
export function keepPositions(directory: string, positions: WrittenPositions, files: Files): void {
  writeCheckedJson(join(directory, NAME), { ...positionsFile(positions, files) });
}

/** Returns the contents of `positions.json` for these positions. */
export function positionsFile({ written, partial, resume }: WrittenPositions, { numbers }: Files): PositionsFile {
  return {
    written: Object.fromEntries(written),
    partial: Object.fromEntries(partial),
    resume,
    absent: numbers.absent,
    lastNumber: numbers.last,
  };
}

/** Reads `positions.json`. Returns `undefined` if it does not exist. Throws if it is damaged. */
export function readPositionsFile(path: string): PositionsFile | undefined {
  const read = readCheckedJson(path);
  if (read.kind === 'missing') return undefined;
  if (read.kind === 'damaged') throw new DamagedJsonError(read.reason);
  const { written, partial = {}, resume, absent = [], lastNumber = 0 } = read.value;
  // Older versions wrote only positions, without a checksum.
  const isOurs = read.isChecked || hasOnly(read.value, ['written', 'partial', 'resume']);
  const isWhole =
    isRecord(written) && Object.values(written).every(isCounts) && isCounts(resume) && isCounts({ lastNumber });
  const isRest = isRecord(partial) && Object.values(partial).every(isPartials) && isRanges(absent);
  if (!isOurs || !isWhole || !isRest) throw new DamagedJsonError('expected positions of journals, got another value');
  return { written, partial, resume, absent, lastNumber } as PositionsFile;
}

class DamagedJsonError extends Error {
  override readonly name = 'DamagedJsonError';
}

function readOrSetAside(
  directory: string,
  report: Report,
): { readonly kept: PositionsFile; readonly isDamaged: boolean } {
  const path = join(directory, NAME);
  try {
    return { kept: readPositionsFile(path) ?? NOTHING, isDamaged: false };
  } catch (error) {
    if (!(error instanceof DamagedJsonError)) throw error;
    const lost = 'rows that retention removed may reappear from the journal, until it removes them again';
    setAsideDamaged(directory, path, error.message, lost, report);
    return { kept: NOTHING, isDamaged: true };
  }
}

function reportMissing(directory: string, missing: readonly NumberRange[], report: Report): void {
  const count = missing.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const what = count === 1 ? 'a file is missing' : `${count} files are missing`;
  report(
    `${join(directory, 'data')}: ${what} that another program removed, by number ${formatRanges(missing)}; ` +
      'their rows are lost, except those still in the journal',
  );
}

function tryKeep(directory: string, positions: WrittenPositions, files: Files, report: Report): void {
  try {
    keepPositions(directory, positions, files);
  } catch (error) {
    report(`${NAME} cannot be written: ${errorMessage(error)}`);
  }
}

/** Returns the higher position for each journal. */
export function highest(a: Positions, b: Positions): Positions {
  const result: Record<string, number> = { ...a };
  for (const [journal, position] of Object.entries(b)) result[journal] = Math.max(result[journal] ?? 0, position);
  return result;
}

/** Returns the later partial record for each journal or, for the same record, the one with more rows. */
export function furthest(a: Partials, b: Partials): Partials {
  const result: Record<string, Partials[string]> = { ...a };
  for (const [journal, there] of Object.entries(b)) {
    const here = result[journal];
    const isFurther = here === undefined || there.end > here.end || (there.end === here.end && there.rows > here.rows);
    if (isFurther) result[journal] = there;
  }
  return result;
}
