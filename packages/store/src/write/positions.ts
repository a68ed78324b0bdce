import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Partials } from '../schema.ts';
import { writeFileDurably } from './durable.ts';
import { type Files, keyOf } from './files.ts';
import type { Positions } from './protocol.ts';

/** What is known from files and from those that retention has removed. */
export interface WrittenPositions {
  /** By tenant and signal (`keyOf`): all their rows up to here were put into files. */
  readonly written: ReadonlyMap<string, Positions>;
  /** By tenant and signal: how much of the record behind `written` was put into files. */
  readonly partial: ReadonlyMap<string, Partials>;
  /** Everything below was put into files, of every tenant and signal: reading starts here. */
  readonly resume: Positions;
}

interface PositionsFile {
  readonly written: Readonly<Record<string, Positions>>;
  readonly partial?: Readonly<Record<string, Partials>>;
  readonly resume: Positions;
}

/**
 * Where the journals have been written up to: the highest that any footer says, and for files that are gone,
 * `positions.json`. Without the latter, rows of removed files whose records are still in a journal would come back.
 */
export function readPositions(directory: string, files: Files): WrittenPositions {
  const kept = readKept(directory);
  const written = new Map<string, Positions>(Object.entries(kept.written));
  const partial = new Map<string, Partials>(Object.entries(kept.partial ?? {}));
  let { resume } = kept;
  for (const { footer } of files.all()) {
    const key = keyOf(footer.tenant, footer.signal);
    written.set(key, highest(written.get(key) ?? {}, footer.positions));
    if (footer.partial !== undefined) partial.set(key, furthest(partial.get(key) ?? {}, footer.partial));
    resume = highest(resume, footer.resume);
  }
  return { written, partial, resume };
}

/** Keeps positions before files that tell them are removed. */
export function keepPositions(directory: string, { written, partial, resume }: WrittenPositions): void {
  const file: PositionsFile = {
    written: Object.fromEntries(written),
    partial: Object.fromEntries(partial),
    resume,
  };
  writeFileDurably(join(directory, 'positions.json'), [Buffer.from(`${JSON.stringify(file)}\n`)]);
}

function readKept(directory: string): PositionsFile {
  let text: string;
  try {
    text = readFileSync(join(directory, 'positions.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { written: {}, resume: {} };
    throw error;
  }
  return JSON.parse(text) as PositionsFile;
}

/** The higher position of each journal. */
export function highest(a: Positions, b: Positions): Positions {
  const result: Record<string, number> = { ...a };
  for (const [journal, position] of Object.entries(b)) result[journal] = Math.max(result[journal] ?? 0, position);
  return result;
}

/** Of each journal the partial record that lies further on; of the same record what counts more rows. */
export function furthest(a: Partials, b: Partials): Partials {
  const result: Record<string, Partials[string]> = { ...a };
  for (const [journal, there] of Object.entries(b)) {
    const here = result[journal];
    const isFurther = here === undefined || there.end > here.end || (there.end === here.end && there.rows > here.rows);
    if (isFurther) result[journal] = there;
  }
  return result;
}
