import { LIST } from './config-schema.ts';

/** Where a position is in a configuration. */
export interface YamlPlace {
  /** Keys of the mappings and lists around it. */
  readonly path: readonly string[];
  readonly kind: 'key' | 'value';
  /** The beginning of the word at the position, and where it starts. */
  readonly word: string;
  readonly from: number;
  /** Keys that the mapping already has. */
  readonly siblings: ReadonlySet<string>;
}

interface Line {
  readonly indent: number;
  readonly key: string | undefined;
  readonly isItem: boolean;
}

/** Returns the place of a position, by the indentation of the lines before it, and of the brackets in its own line. */
export function placeAt(text: string, position: number): YamlPlace | undefined {
  const start = text.lastIndexOf('\n', position - 1) + 1;
  const before = text.slice(start, position);
  if (/(?:^|\s)#/.test(before)) return undefined;
  const above = text.slice(0, start).split('\n').slice(0, -1);
  const word = /[\w./-]*$/.exec(before)?.[0] ?? '';
  const from = position - word.length;
  const base = { word: word.replace(/^- ?/, ''), from };
  const list = /^(\s*)(?:- +)?([\w./-]+)\s*:\s*\[[^\]]*$/.exec(before);
  if (list !== null) {
    const [, indent = '', key = ''] = list;
    return { ...base, path: [...pathAbove(above, indent.length), key, LIST], kind: 'value', siblings: NONE };
  }
  const value = /^(\s*(?:- +)?)([\w./-]+)\s*:\s+[^\s{[]*$/.exec(before);
  if (value !== null) {
    const [, lead = '', key = ''] = value;
    return { ...base, path: [...pathAbove(above, lead.length, lead), key], kind: 'value', siblings: NONE };
  }
  const item = /^(\s*)- +[\w./-]*$/.exec(before);
  if (item !== null) {
    const path = [...pathAbove(above, (item[1] ?? '').length + 1), LIST];
    return { ...base, path, kind: 'value', siblings: NONE };
  }
  const key = /^(\s*)[\w./-]*$/.exec(before);
  if (key === null) return undefined;
  const indent = (key[1] ?? '').length;
  const siblings = siblingsOf(text, start, indent);
  return { ...base, path: pathAbove(above, indent), kind: 'key', siblings };
}

const NONE: ReadonlySet<string> = new Set();

/** Returns the keys around a line with an indentation. `lead` is what is before its key, if that is an item of a list. */
function pathAbove(lines: readonly string[], indent: number, lead = ''): readonly string[] {
  const path: string[] = [];
  let limit = indent;
  if (lead.includes('-')) {
    path.unshift(LIST);
    limit = lead.indexOf('-') + 1;
  }
  for (let index = lines.length - 1; index >= 0 && limit > 0; index--) {
    const line = lineOf(lines[index] ?? '');
    if (line === undefined || line.indent >= limit) continue;
    if (line.key === undefined) continue;
    if (line.isItem && line.indent + 2 < limit) path.unshift(LIST, line.key);
    else if (line.isItem) path.unshift(LIST);
    else path.unshift(line.key);
    limit = line.isItem ? line.indent + 1 : line.indent;
  }
  return path;
}

function lineOf(text: string): Line | undefined {
  const [, lead = '', dash = '', key] = /^(\s*)((?:- +)?)(?:([\w./-]+)\s*:(?:\s|$))?/.exec(text) ?? [];
  if (/^\s*(?:#|$)/.test(text)) return undefined;
  return { indent: lead.length, key, isItem: dash !== '' };
}

function siblingsOf(text: string, start: number, indent: number): ReadonlySet<string> {
  const keys = new Set<string>();
  const lines = text.split('\n');
  const own = text.slice(0, start).split('\n').length - 1;
  for (const direction of [-1, 1]) {
    for (let index = own + direction; index >= 0 && index < lines.length; index += direction) {
      const line = lineOf(lines[index] ?? '');
      if (line === undefined || line.indent > indent) continue;
      if (line.indent < indent) break;
      if (line.key !== undefined) keys.add(line.key);
    }
  }
  return keys;
}

/** Returns the IDs that a section of a configuration has: the keys of its mapping. */
export function idsIn(text: string, section: string): readonly string[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^${section}\\s*:`).test(line));
  if (start < 0) return [];
  const flow = /^\w+\s*:\s*\{(.*)$/.exec(lines[start] ?? '');
  if (flow !== null) return [...(flow[1] ?? '').matchAll(/(?:^|[{,]\s*)([\w./-]+)\s*:/g)].map(([, id]) => id ?? '');
  const ids: string[] = [];
  let indent: number | undefined;
  for (const line of lines.slice(start + 1)) {
    const found = lineOf(line);
    if (found === undefined) continue;
    if (found.indent === 0) break;
    indent ??= found.indent;
    if (found.indent === indent && found.key !== undefined) ids.push(found.key);
  }
  return ids;
}
