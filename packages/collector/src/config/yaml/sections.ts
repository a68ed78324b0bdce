import type { Document } from 'yaml';

/** A top-level key in a document, with its lines. */
export interface Section {
  /** `undefined` for the lines before the first key. */
  readonly key: string | undefined;
  readonly text: string;
  /** Number of lines before the section. */
  readonly skippedLines: number;
}

/** A point in a source: 1-based line and column. */
export interface Point {
  readonly line: number;
  readonly column: number;
}

/** A section parsed by the YAML parser. */
export interface ParsedSection {
  readonly document: Document.Parsed;
  /** Converts an offset in the section to a point in the source. */
  locate(offset: number): Point;
}

/** Far more than any configuration has. Parsing each section separately takes time. */
const MAX_SECTIONS = 200;

/**
 * Splits a document at its top-level keys, which start in the first column. Returns the entire document as one section
 * if it has no such keys, or too many.
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
