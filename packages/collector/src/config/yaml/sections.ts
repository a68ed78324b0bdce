import type { Document } from 'yaml';

/** A top-level key of a document with its lines. */
export interface Section {
  /** `undefined` for the lines before the first key. */
  readonly key: string | undefined;
  readonly text: string;
  /** Number of lines before the section. */
  readonly skippedLines: number;
}

/** A point in a source: line and column, counted from 1. */
export interface Point {
  readonly line: number;
  readonly column: number;
}

/** A section that the YAML parser has read. */
export interface ParsedSection {
  readonly document: Document.Parsed;
  /** Returns the point in the source of an offset in the section. */
  locate(offset: number): Point;
}

/** Many more than a configuration has. Each section is parsed on its own, which takes time. */
const MAX_SECTIONS = 200;

/**
 * Splits a document at its top-level keys, which begin in the first column. Returns the whole document as one section if
 * it has no such keys, or too many.
 */
export function splitSections(text: string): Section[] {
  const whole = [{ key: undefined, text, skippedLines: 0 }];
  const sections: { key: string | undefined; lines: string[]; skippedLines: number }[] = [];
  for (const [index, line] of text.split(/(?<=\n)/).entries()) {
    // Another document would repeat the keys of the first one.
    if (/^(?:---|\.\.\.)\s/.test(line) && sections.some(({ key }) => key !== undefined)) {
      sections.push({ key: undefined, lines: [line], skippedLines: index });
      break;
    }
    const key = /^["']?([A-Za-z_][\w/.-]*)/.exec(line)?.[1];
    const last = sections.at(-1);
    if (key === undefined && last !== undefined) last.lines.push(line);
    else sections.push({ key, lines: [line], skippedLines: index });
    if (sections.length > MAX_SECTIONS) return whole;
  }
  if (sections.every(({ key }) => key === undefined)) return whole;
  return sections.map(({ key, lines, skippedLines }) => ({ key, text: lines.join(''), skippedLines }));
}
