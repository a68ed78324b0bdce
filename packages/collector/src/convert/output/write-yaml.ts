import { Document, isMap, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { ConversionNote, ConversionReport } from '../report.ts';
import { escapeText, RawText } from './raw-text.ts';

/** Writes the output as YAML, with the notes of the report as comments at their places. */
export function writeYaml(value: object, report: ConversionReport, header: readonly string[]): string {
  const document = new Document();
  document.contents = new YamlWriter(report).node(value) as typeof document.contents;
  if (isMap(document.contents))
    document.contents.items.forEach((pair, index) => {
      if (index > 0 && pair.key instanceof Scalar) pair.key.spaceBefore = true;
    });
  document.commentBefore = header.map(commentLine).join('\n');
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Longest mapping or list that is written on one line. */
const MAX_FLOW_LENGTH = 90;

class YamlWriter {
  readonly #report: ConversionReport;

  constructor(report: ConversionReport) {
    this.#report = report;
  }

  node(value: unknown): Scalar | YAMLMap | YAMLSeq {
    if (value instanceof RawText) return scalarOf(value.text);
    if (typeof value === 'string') return scalarOf(escapeText(value));
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value === 'object' && value !== null) return this.#map(value);
    return new Scalar(value);
  }

  #list(values: readonly unknown[]): YAMLSeq {
    const list = new YAMLSeq();
    for (const value of values) {
      const node = this.node(value);
      const comment = this.#comment(value);
      if (comment !== '') node.commentBefore = comment;
      list.items.push(node);
    }
    list.flow = values.every((value) => isPlain(value)) && lengthOf(values) < MAX_FLOW_LENGTH;
    return list;
  }

  #map(values: object): YAMLMap {
    const map = new YAMLMap();
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const name = new Scalar(key);
      const comment = this.#comment(value);
      if (comment !== '') name.commentBefore = comment;
      map.items.push(new Pair(name, this.node(value)));
    }
    return map;
  }

  #comment(value: unknown): string {
    if (typeof value !== 'object' || value === null) return '';
    return this.#report.commentsOf(value).map(commentOf).join('\n');
  }
}

/** Returns a text as a scalar. Texts with control characters are in quotes. */
function scalarOf(text: string): Scalar {
  const scalar = new Scalar(text);
  if (/\p{Cc}/u.test(text)) scalar.type = 'QUOTE_DOUBLE';
  return scalar;
}

/** Returns a note as a comment. */
function commentOf({ kind, position, path, message, instead }: ConversionNote): string {
  const what = kind === 'missing' ? 'not converted' : 'changed';
  return commentLine(
    `${what}: line ${position.line}: ${path}: ${message}${instead === undefined ? '' : `; ${instead}`}`,
  );
}

function commentLine(text: string): string {
  return ` ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function lengthOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + String(value).length + 2, 0);
}
