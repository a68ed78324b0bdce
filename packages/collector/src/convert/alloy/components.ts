import type { MapTree, Tree } from '../../config/tree.ts';
import type { ConfigBuilder } from '../output/config-builder.ts';
import type { ConversionReport } from '../report.ts';
import { Section } from '../source/section.ts';
import type { Evaluator } from './evaluate.ts';
import type { Block } from './syntax.ts';

/** The components of a configuration of Alloy, by their names with labels, such as `loki.write.default`. */
export class AlloyComponents {
  readonly report: ConversionReport;
  readonly builder: ConfigBuilder;
  readonly #evaluator: Evaluator;
  readonly #blocks = new Map<string, Block>();
  readonly #sections = new Map<string, Section>();

  constructor(evaluator: Evaluator, builder: ConfigBuilder, report: ConversionReport) {
    this.#evaluator = evaluator;
    this.builder = builder;
    this.report = report;
  }

  /** Adds a component. Returns whether its name is new. */
  add(block: Block): boolean {
    const key = block.label === undefined ? block.name : `${block.name}.${block.label}`;
    if (this.#blocks.has(key)) return false;
    this.#blocks.set(key, block);
    return true;
  }

  /** The keys of all components whose names begin with a text. */
  keys(prefix: string): string[] {
    return [...this.#blocks.keys()].filter((key) => key.startsWith(prefix));
  }

  block(key: string): Block | undefined {
    return this.#blocks.get(key);
  }

  /** Returns the settings of a component. Its blocks `stage.…` are left out. */
  section(key: string): Section {
    let section = this.#sections.get(key);
    if (section === undefined) {
      const path = key.split('.');
      const block = this.#blocks.get(key);
      const tree: MapTree | undefined = block && this.#evaluator.body(block, path, 'stage.');
      if (tree === undefined) throw new Error(`expected a component ${key}`);
      section = new Section(tree, path, this.report);
      this.#sections.set(key, section);
    }
    return section;
  }

  /** Returns the settings of a block inside of a component. */
  inner(block: Block, path: readonly (string | number)[]): Section {
    return new Section(this.#evaluator.body(block, path, 'stage.'), path, this.report);
  }

  /** Returns the components that a list of references names, and reports those that do not exist. */
  referred(section: Section, key: string): string[] {
    return this.refer(section.tree(key)).flatMap((name) => {
      const found = name.split('.').slice(0, -1).join('.');
      if (this.#blocks.has(found)) return [found];
      section.report.missing(section.at(key), `there is no component ${found}`);
      return [];
    });
  }

  /** Reports the components that no other refers to. */
  reportUnused(): void {
    for (const [key, { at }] of this.#blocks)
      if (!this.#sections.has(key))
        this.report.missing({ position: at, path: key.split('.') }, 'no converted component refers to it');
  }

  /** Returns the references in a value. */
  refer(tree: Tree | undefined): string[] {
    if (tree?.kind === 'list') return tree.items.flatMap((item) => this.refer(item));
    return tree?.kind === 'scalar' && tree.reference !== undefined ? [tree.reference] : [];
  }
}
