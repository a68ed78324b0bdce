import { formatPath, type Position } from '../config/config-error.ts';

/** A path in a source: keys and indexes. */
export type SourcePath = readonly (string | number)[];

/** A place in a source that a note is about. */
export interface SourcePlace {
  readonly position: Position;
  readonly path: SourcePath;
}

/**
 * A note about a place in the source. `missing` is something that the output does not have, `changed` is something that
 * it has in another form or that needs a step by the user.
 */
export interface ConversionNote {
  readonly kind: 'missing' | 'changed';
  readonly position: Position;
  readonly path: string;
  /** Why it is not converted, or how it has changed. Contains no secrets. */
  readonly message: string;
  /** What to do instead. */
  readonly instead?: string;
}

/** Maximum number of notes. A source of generated text could have millions. */
const MAX_NOTES = 2_000;

/** Collects what a conversion has done. */
export class ConversionReport {
  readonly #notes: ConversionNote[] = [];
  readonly #comments = new Map<object, readonly ConversionNote[]>();
  readonly #known = new Set<string>();
  #left = 0;
  #converted = 0;

  get notes(): readonly ConversionNote[] {
    return this.#notes;
  }

  /** Number of notes beyond the maximum. */
  get notesLeftOut(): number {
    return this.#left;
  }

  /** Number of values of the source that were converted. */
  get convertedCount(): number {
    return this.#converted;
  }

  get isComplete(): boolean {
    return this.#notes.every(({ kind }) => kind === 'changed');
  }

  /** Counts a value that was read and used. */
  converted(): void {
    this.#converted += 1;
  }

  /** Notes that something is not in the output. */
  missing(place: SourcePlace, message: string, instead?: string): void {
    this.#add('missing', place, message, instead);
  }

  /** Notes that something is in the output in another form. */
  changed(place: SourcePlace, message: string, instead?: string): void {
    this.#add('changed', place, message, instead);
  }

  /** Runs `create`, and attaches the notes that it adds to the mapping or list that it returns. */
  attach<Value extends object | undefined>(create: () => Value): Value {
    const start = this.#notes.length;
    const value = create();
    if (value !== undefined && this.#notes.length > start) this.#comment(value, this.#notes.slice(start));
    return value;
  }

  /** The notes of a mapping or list of the output, which become comments. */
  commentsOf(value: object): readonly ConversionNote[] {
    return this.#comments.get(value) ?? [];
  }

  /** Moves the comments of a value to another one that replaces it. */
  moveComments(from: object, to: object): void {
    const notes = this.#comments.get(from);
    if (notes === undefined || from === to) return;
    this.#comments.delete(from);
    this.#comment(to, notes);
  }

  #comment(value: object, notes: readonly ConversionNote[]): void {
    // Notes that an inner value has already would be repeated.
    const known = new Set([...this.#comments.values()].flat());
    const fresh = notes.filter((note) => !known.has(note));
    if (fresh.length > 0) this.#comments.set(value, [...(this.#comments.get(value) ?? []), ...fresh]);
  }

  #add(kind: ConversionNote['kind'], { position, path }: SourcePlace, message: string, instead?: string): void {
    if (this.#notes.length >= MAX_NOTES) {
      this.#left += 1;
      return;
    }
    // Parts of a source that several components use are converted several times.
    const key = `${position.line}:${position.column}:${message}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.#notes.push({ kind, position, path: formatPath(path), message, ...(instead !== undefined && { instead }) });
  }
}
