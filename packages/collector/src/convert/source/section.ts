import { isEmptyValue, type MapTree, plainValue, type ScalarTree, type Tree } from '../../config/tree.ts';
import type { OutputText } from '../output/raw-text.ts';
import { RawText } from '../output/raw-text.ts';
import type { ConversionReport, SourcePath, SourcePlace } from '../report.ts';
import { outputText } from './references.ts';

/**
 * A mapping of a source. Each key has to be read or named; `finish` reports the others, so that a conversion drops
 * nothing silently.
 */
export class Section {
  readonly path: SourcePath;
  readonly report: ConversionReport;
  readonly #tree: MapTree;
  readonly #read = new Set<string>();

  constructor(tree: MapTree, path: SourcePath, report: ConversionReport) {
    this.#tree = tree;
    this.path = path;
    this.report = report;
  }

  get place(): SourcePlace {
    return { position: this.#tree.at, path: this.path };
  }

  get keys(): readonly string[] {
    return [...this.#tree.entries.keys()];
  }

  has(key: string): boolean {
    return this.#tree.entries.has(key);
  }

  /** Returns the place of a key. */
  at(key: string): SourcePlace {
    return { position: this.#tree.keyPositions.get(key) ?? this.#tree.at, path: [...this.path, key] };
  }

  /** Returns a value; `undefined` without one. */
  tree(key: string): Tree | undefined {
    this.#read.add(key);
    const tree = this.#tree.entries.get(key);
    if (tree === undefined || isEmptyValue(tree)) return undefined;
    this.report.converted();
    return tree;
  }

  /** Returns a scalar as it was written. */
  text(key: string): string | undefined {
    const tree = this.#scalar(key);
    return tree && scalarText(tree);
  }

  /** Returns a text for the output, in which references to variables are those of the output. */
  value(key: string): OutputText | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : outputText(text);
  }

  /** Returns a reference to a variable, for a value that is secret. The value is never copied. */
  secret(key: string, name: string): RawText | undefined {
    const text = this.text(key);
    if (text === undefined || text === '') return undefined;
    const known = outputText(text);
    if (known instanceof RawText) return known;
    this.report.changed(
      this.at(key),
      `a secret is not copied; the output reads it from the variable ${name}`,
      `set ${name} to the value in the source`,
    );
    return new RawText(`\${env:${name}}`);
  }

  /** Returns `true` or `false`. */
  boolean(key: string): boolean | undefined {
    const text = this.text(key)?.toLowerCase();
    if (text === undefined) return undefined;
    if (['true', 'yes', 'on', '1'].includes(text)) return true;
    if (['false', 'no', 'off', '0'].includes(text)) return false;
    this.report.missing(this.at(key), 'expected true or false, got another value');
    return undefined;
  }

  /** Returns a number. */
  number(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text.trim() !== '' && Number.isFinite(number)) return number;
    this.report.missing(this.at(key), 'expected a number, got another value');
    return undefined;
  }

  /** Returns a list of texts; a single text is a list of one. */
  texts(key: string): string[] {
    const tree = this.tree(key);
    if (tree === undefined) return [];
    if (tree.kind === 'scalar') return [scalarText(tree)];
    if (tree.kind === 'list' && tree.items.every((item) => item.kind === 'scalar')) return tree.items.map(scalarText);
    this.report.missing(this.at(key), 'expected a list of texts, got another value');
    return [];
  }

  /** Returns a mapping of texts. A missing value is an empty text. */
  textMap(key: string): Map<string, string> {
    const section = this.section(key);
    const texts = new Map<string, string>();
    for (const name of section?.keys ?? []) texts.set(name, section?.text(name) ?? '');
    return texts;
  }

  /** Returns a mapping as a section of its own. */
  section(key: string): Section | undefined {
    const tree = this.tree(key);
    return tree === undefined ? undefined : this.#sectionOf(tree, [...this.path, key], this.at(key));
  }

  /** Returns the mappings of a list. A single mapping is a list of one. */
  sections(key: string): Section[] {
    const tree = this.tree(key);
    if (tree === undefined) return [];
    const items = tree.kind === 'list' ? tree.items : [tree];
    return items.flatMap((item, index) => {
      const path = tree.kind === 'list' ? [...this.path, key, index] : [...this.path, key];
      return this.#sectionOf(item, path, { position: item.at, path }) ?? [];
    });
  }

  /** Returns a value as plain data, for parts that are copied as they are. */
  plain(key: string): unknown {
    const tree = this.tree(key);
    return tree === undefined ? undefined : plainValue(tree);
  }

  /** Reports a key, if there is one, that is not converted. */
  missing(key: string, message: string, instead?: string): void {
    if (!this.has(key)) return;
    this.#read.add(key);
    this.report.missing(this.at(key), message, instead);
  }

  /** Reports a key, if there is one, whose effect the output has in another way, or does not need. */
  changed(key: string, message: string, instead?: string): void {
    if (!this.has(key)) return;
    this.#read.add(key);
    this.report.changed(this.at(key), message, instead);
  }

  /** Marks keys as read that have no meaning for the output, such as names. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /** Reports all keys that nothing has read. */
  finish(message = 'the conversion does not know this setting'): void {
    for (const key of this.keys) if (!this.#read.has(key)) this.missing(key, message);
  }

  #scalar(key: string): ScalarTree | undefined {
    const tree = this.tree(key);
    if (tree === undefined || tree.kind === 'scalar') return tree;
    this.report.missing(this.at(key), `expected a single value, got a ${tree.kind === 'map' ? 'mapping' : 'list'}`);
    return undefined;
  }

  #sectionOf(tree: Tree, path: SourcePath, place: SourcePlace): Section | undefined {
    if (tree.kind === 'map') return new Section(tree, path, this.report);
    this.report.missing(place, `expected a mapping, got a ${tree.kind === 'list' ? 'list' : 'single value'}`);
    return undefined;
  }
}

/** Returns a scalar as it was written. */
export function scalarText(tree: Tree): string {
  if (tree.kind !== 'scalar' || tree.value === null) return '';
  return tree.text ?? tree.source ?? String(tree.value);
}
