import type { Point } from './sections.ts';

/** A document whose indentation contains no tabs. */
export interface Indentation {
  readonly text: string;
  /** The first tab in each line of the original document whose indentation contains one. */
  readonly tabs: readonly Point[];
  /** Number of characters by which each line's indentation has grown. */
  readonly widened: ReadonlyMap<number, number>;
}

/**
 * Replaces tabs in indentation with spaces. The intended level is inferred from the preceding lines: a line below one
 * that ends with a colon is one level deeper, and equal indentations stay equal.
 */
export function replaceTabs(text: string): Indentation {
  const tabs: Point[] = [];
  const widened = new Map<number, number>();
  const levels = new Levels();
  const lines = text.split('\n').map((line, index) => {
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const content = line.slice(indent.length);
    if (content.trim() === '' || content.startsWith('#')) return line;
    const width = levels.next(indent, /:\s*(?:#.*)?$/.test(content));
    if (!indent.includes('\t')) return line;
    tabs.push({ line: index + 1, column: indent.indexOf('\t') + 1 });
    widened.set(index + 1, width - indent.length);
    return ' '.repeat(width) + content;
  });
  return { text: lines.join('\n'), tabs, widened };
}

const LEVEL = 2;

class Levels {
  /** The width of each open indentation, by its characters. */
  readonly #widths = new Map<string, number>();
  #above = { width: 0, opens: false };

  /**
   * Returns the width of the next line's indentation. `opens` states whether the line after it is expected to be
   * deeper.
   */
  next(indent: string, opens: boolean): number {
    const width = indent.includes('\t') ? this.#guess(indent) : indent.length;
    for (const [other, otherWidth] of this.#widths) if (otherWidth > width) this.#widths.delete(other);
    this.#widths.set(indent, width);
    this.#above = { width, opens };
    return width;
  }

  #guess(indent: string): number {
    return this.#widths.get(indent) ?? (this.#above.opens ? this.#above.width + LEVEL : this.#above.width);
  }
}
