import { Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Plain, YamlText } from './read-text.ts';

/** What a text should contain. */
export interface WantedText {
  readonly processor: string;
  /** The settings of the processor, or `undefined` if the text has it already. */
  readonly settings: Plain | undefined;
  /** The processors of the pipelines that change, by the ID of the pipeline. */
  readonly processors: ReadonlyMap<string, readonly string[]>;
}

/** A replacement of a part of the text. */
interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes only the lines concerned. Returns `undefined` if the text has a form that needs more than that. */
export function editText({ text, document }: YamlText, wanted: WantedText): string | undefined {
  const root = document.contents;
  if (!isMap(root) || root.flow === true) return undefined;
  const edits = [...settingsEdits(text, root, wanted), ...pipelineEdits(text, document, wanted)];
  const ordered = [...new Map(edits.map((edit) => [`${edit.start} ${edit.end}`, edit])).values()];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return ordered
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, edit) => all.slice(0, edit.start) + edit.text.replaceAll('\n', newline) + all.slice(edit.end), text);
}

function settingsEdits(text: string, root: YAMLMap, { processor, settings }: WantedText): readonly TextEdit[] {
  if (settings === undefined) return [];
  const pair = pairOf(root, 'processors');
  const section = pair?.value;
  if (isMap(section) && section.items.length > 0) {
    if (section.flow === true) return [intoFlow(text, section, `${processor}: ${flowOf(settings)}`)];
    const [first] = section.items;
    return [afterLine(text, lastEnd(section), block(processor, settings, columnOf(text, first?.key)))];
  }
  if (pair === undefined) {
    const before = pairOf(root, 'receivers') ?? root.items.at(-1);
    return [afterLine(text, lastEnd(before), `processors:\n${block(processor, settings, 2)}`)];
  }
  // `processors:` without a value, or with `{}`.
  const [start, end] = rangeOf(section);
  const lines = `\n${block(processor, settings, 2)}`;
  if (end > start) return [{ start, end, text: lines }];
  return [afterLine(text, rangeOf(pair.key)[1], lines.slice(1))];
}

function pipelineEdits(text: string, document: Document, { processor, processors }: WantedText): readonly TextEdit[] {
  const pipelines = document.getIn(['service', 'pipelines'], true);
  if (!isMap(pipelines)) return [];
  // A list with an anchor belongs to all pipelines that refer to it.
  const extended = new Set<unknown>();
  const edits = (pipelines.items as Pair[]).flatMap((pair) => {
    const ids = processors.get(keyOf(pair));
    const pipeline = resolve(pair.value, document);
    if (ids === undefined || !isMap(pipeline)) return [];
    const own = pairOf(pipeline, 'processors')?.value;
    if (isSeq(own)) {
      extended.add(own);
      return [intoList(text, own, ids.indexOf(processor), processor)];
    }
    return intoPipeline(text, pipeline, ids);
  });
  const others = (pipelines.items as Pair[]).flatMap((pair) => {
    const own = isMap(pair.value) ? pairOf(pair.value, 'processors')?.value : undefined;
    if (!isAlias(own) || processors.has(keyOf(pair))) return [];
    const list = own.resolve(document);
    return isSeq(list) && extended.has(list) ? [{ ...spanOf(own), text: listOf(list.toJSON() as string[]) }] : [];
  });
  return [...edits, ...others];
}

/** Gives a pipeline a list of its own. */
function intoPipeline(text: string, pipeline: YAMLMap, ids: readonly string[]): readonly TextEdit[] {
  const own = pairOf(pipeline, 'processors');
  if (own !== undefined) {
    const { start, end } = spanOf(own.value);
    const isEmpty = end === start;
    if (isEmpty) return [{ start: rangeOf(own.key)[1] + 1, end: rangeOf(own.key)[1] + 1, text: ` ${listOf(ids)}` }];
    return [{ start, end, text: listOf(ids) }];
  }
  const entry = `processors: ${listOf(ids)}`;
  if (pipeline.flow === true) return [intoFlow(text, pipeline, entry)];
  const before = pairOf(pipeline, 'receivers') ?? pipeline.items.at(-1);
  const indent = ' '.repeat(columnOf(text, pipeline.items[0]?.key));
  return [afterLine(text, lastEnd(before), `${indent}${entry}`)];
}

function intoList(text: string, list: YAMLSeq, index: number, processor: string): TextEdit {
  const items = list.items as Node[];
  if (list.flow === true) {
    const before = items[index - 1];
    if (before !== undefined) return at(rangeOf(before)[1], `, ${processor}`);
    const [first] = items;
    return first === undefined ? at(rangeOf(list)[0] + 1, processor) : at(rangeOf(first)[0], `${processor}, `);
  }
  const [first] = items;
  const dash = text.lastIndexOf('-', rangeOf(first)[0]);
  const lineStart = text.lastIndexOf('\n', dash) + 1;
  const line = `${text.slice(lineStart, dash).replace(/[^\s]/g, ' ')}- ${processor}`;
  const before = items[index - 1];
  return before === undefined ? at(lineStart, `${line}\n`) : afterLine(text, lastEnd(before), line);
}

function intoFlow(text: string, map: YAMLMap, entry: string): TextEdit {
  const close = rangeOf(map)[1] - 1;
  const end = text.slice(0, close).trimEnd().length;
  return at(end, map.items.length === 0 ? entry : `, ${entry}`);
}

/** Inserts lines after the line of an offset. */
function afterLine(text: string, offset: number, lines: string): TextEdit {
  const found = text.indexOf('\n', offset);
  if (found < 0) return at(text.length, `${text === '' || text.endsWith('\n') ? '' : '\n'}${lines}\n`);
  return at(found + 1, `${lines}\n`);
}

function at(offset: number, text: string): TextEdit {
  return { start: offset, end: offset, text };
}

function block(processor: string, settings: Plain, indent: number): string {
  const lines = new Document({ [processor]: settings }).toString({ lineWidth: 0 }).trimEnd().split('\n');
  return lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n');
}

function flowOf(settings: Plain): string {
  return JSON.stringify(settings);
}

function listOf(ids: readonly string[]): string {
  return `[${ids.join(', ')}]`;
}

/** Returns the offset behind the last character of a value, without the comments that follow. */
function lastEnd(node: unknown): number {
  if (isMap(node) && node.flow !== true && node.items.length > 0) return lastEnd(node.items.at(-1));
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return lastEnd(node.items.at(-1));
  if (isPair(node)) return Math.max(rangeOf(node.key)[1], lastEnd(node.value));
  const [, end] = rangeOf(node);
  // A block scalar ends with its last line break.
  return isScalar(node) && /^BLOCK/.test(node.type ?? '') ? end - 1 : end;
}

function isPair(node: unknown): node is Pair {
  return typeof node === 'object' && node !== null && 'key' in node;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return (map.items as Pair[]).find((pair) => keyOf(pair) === key);
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function columnOf(text: string, node: unknown): number {
  const [start] = rangeOf(node);
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}

function spanOf(node: unknown): { readonly start: number; readonly end: number } {
  const [start, end] = rangeOf(node);
  return { start, end };
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = (node as Node | null | undefined)?.range;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}
