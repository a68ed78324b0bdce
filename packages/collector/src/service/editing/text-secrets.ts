import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ComponentKind } from '../../component/contract.ts';
import { SECRET_NAMES } from '../../config/apply.ts';
import { SECTIONS } from '../../config/components.ts';
import { innerSchema, metaOf, schemaOfKey } from '../../config/names.ts';
import { findEntry, type Registry } from '../../config/registry.ts';

/** A secret in the text of a configuration, and what is shown in its place. */
export interface TextSecret {
  readonly start: number;
  readonly end: number;
  /** Unique in the text: `"[REDACTED exporters.otlp_http.headers.x-key]"`. */
  readonly placeholder: string;
  readonly raw: string;
}

/** The text of a configuration without its secrets. */
export interface ShownText {
  readonly text: string;
  readonly secrets: readonly TextSecret[];
}

/**
 * Replaces the secrets in the text of a valid configuration: values that the schemas of the components mark as secret,
 * those whose names suggest it, also in comments, and passwords in URLs. References such as `${env:TOKEN}` stay, unless
 * they have a default.
 */
export async function hideSecrets(text: string, registry: Registry): Promise<ShownText> {
  const found: Found[] = [];
  const document = parseDocument(text, { merge: true, prettyErrors: false, uniqueKeys: false });
  await findInDocument(document, registry, (node, path) => {
    const [start = 0, end = 0] = node.range ?? [];
    const raw = text.slice(start, end).trimEnd();
    if (raw !== '' && !ONLY_REFERENCES.test(String(node.value))) found.push({ start, raw, path, isWhole: true });
  });
  const covered = (start: number) => found.some((one) => start >= one.start && start < one.start + one.raw.length);
  for (const { index, 1: before = '', 2: raw = '' } of text.matchAll(URL_PASSWORD)) {
    const start = index + before.length;
    if (!covered(start) && !raw.startsWith('${'))
      found.push({ start, raw, path: ['password in a URL'], isWhole: false });
  }
  for (const { index, 1: before = '', 2: key = '', 3: between = '', 4: raw = '' } of text.matchAll(COMMENTED)) {
    const start = index + before.length + key.length + between.length;
    const isSecret = COMMENT_NAMES.test(key) && !ONLY_REFERENCES.test(raw);
    if (isSecret && !covered(start)) found.push({ start, raw, path: ['comment', key], isWhole: true });
  }
  return shown(text, found);
}

/** Puts the secrets of a configuration back into a text that was made from its shown text. */
export function restoreSecrets(draft: string, { secrets }: ShownText): RestoredText {
  const byPlaceholder = new Map(secrets.map(({ placeholder, raw }) => [placeholder, raw]));
  const pieces: Piece[] = [];
  const unknown: { readonly offset: number; readonly placeholder: string }[] = [];
  let text = '';
  let from = 0;
  for (const { index, 0: match } of draft.matchAll(PLACEHOLDER)) {
    const placeholder = byPlaceholder.has(match) ? match : match.replaceAll('"', '');
    const raw = byPlaceholder.get(placeholder);
    if (raw === undefined) {
      unknown.push({ offset: index, placeholder: match });
      continue;
    }
    const start = index + match.indexOf(placeholder);
    text += draft.slice(from, start);
    pieces.push({ start, end: start + placeholder.length, restoredStart: text.length, restoredLength: raw.length });
    text += raw;
    from = start + placeholder.length;
  }
  return { text: text + draft.slice(from), draft, pieces, unknown };
}

/** A draft with its secrets, and where they are. */
export interface RestoredText {
  readonly text: string;
  readonly draft: string;
  readonly pieces: readonly Piece[];
  /** Placeholders of secrets that the configuration does not have. */
  readonly unknown: readonly { readonly offset: number; readonly placeholder: string }[];
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly restoredStart: number;
  readonly restoredLength: number;
}

/** Returns the place in the draft of a place in the restored text. Lines and columns begin at 1. */
export function placeInDraft(restored: RestoredText, line: number, column: number): { line: number; column: number } {
  if (line === 0) return { line, column };
  return placeOf(restored.draft, offsetInDraft(restored, offsetOf(restored.text, line, column)));
}

function offsetInDraft({ pieces }: RestoredText, offset: number): number {
  let moved = offset;
  for (const { start, end, restoredStart, restoredLength } of pieces) {
    if (offset < restoredStart) break;
    if (offset < restoredStart + restoredLength) return start;
    moved = offset - (restoredStart + restoredLength) + end;
  }
  return moved;
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let skipped = 1; skipped < line; skipped++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

/** Returns the line and column of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

interface Found {
  readonly start: number;
  readonly raw: string;
  readonly path: readonly string[];
  /** Whether the secret is a value, and not only a part of one. */
  readonly isWhole: boolean;
}

const PLACEHOLDER = /"?\[REDACTED [^\]\n"]+\]"?/g;
/** A value that only refers to a secret elsewhere. A default would be the secret itself. */
const ONLY_REFERENCES = /^(?:(?:Bearer|Basic) )?(?:\$\{(?:env:)?[A-Za-z_][\w.]*\}|\$\{file:[^}]+\})+$/;
const URL_PASSWORD = /(:\/\/[^/\s:@"']*:)([^/\s@"']+)(?=@)/g;
/** A setting in a comment: what is before its name, the name, what is between, and the value. */
const COMMENTED = /(#[^\n#]*?)([\w.-]+)(\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s"'#[{][^\n#]*)/g;
const COMMENT_NAMES = new RegExp(`${SECRET_NAMES.source}|api-key|auth`, 'i');

function shown(text: string, found: readonly Found[]): ShownText {
  const used = new Set<string>();
  const secrets: TextSecret[] = [];
  let result = '';
  let from = 0;
  for (const { start, raw, path, isWhole } of found.toSorted((a, b) => a.start - b.start)) {
    // An anchor can be found through several aliases.
    if (start < from) continue;
    const name = path.map((key) => key.replace(/[^\w./ -]/g, '_')).join('.');
    let unique = name;
    for (let count = 2; used.has(unique); count++) unique = `${name} ${count}`;
    used.add(unique);
    const placeholder = isWhole ? `"[REDACTED ${unique}]"` : `[REDACTED ${unique}]`;
    secrets.push({ start, end: start + raw.length, placeholder, raw });
    result += text.slice(from, start) + placeholder;
    from = start + raw.length;
  }
  return { text: result + text.slice(from), secrets };
}

type Report = (node: Node & { value: unknown }, path: readonly string[]) => void;

const KINDS: Readonly<Record<string, ComponentKind>> = SECTIONS;

async function findInDocument(document: Document.Parsed, registry: Registry, report: Report): Promise<void> {
  for (const { keys, value } of entriesOf(document.contents, document)) {
    const [section = '', ...rest] = keys.flatMap((key) => key.split('::'));
    const kind = KINDS[section];
    if (kind === undefined) findIn(value, undefined, [section, ...rest], document, report);
    else await findInSection(value, kind, [section], rest, { document, registry, report });
  }
}

interface Search {
  readonly document: Document.Parsed;
  readonly registry: Registry;
  readonly report: Report;
}

async function findInSection(
  node: unknown,
  kind: ComponentKind,
  path: readonly string[],
  rest: readonly string[],
  search: Search,
): Promise<void> {
  const { document, registry, report } = search;
  const [id, ...inner] = rest;
  if (id === undefined) {
    for (const { keys, value } of entriesOf(node, document)) await findInSection(value, kind, path, keys, search);
    return;
  }
  const found = findEntry(registry, kind, id.split('/', 1)[0] ?? '');
  const definition = await found?.entry.load();
  const schema = inner.reduce<z.core.$ZodType | undefined>(
    (outer, key) => (outer === undefined ? undefined : schemaOfKey(innerSchema(outer), key)),
    definition?.config,
  );
  // Any field of an unknown component could be a secret.
  const isSecret = found === undefined || inner.some((key) => SECRET_NAMES.test(key));
  findIn(node, schema, [...path, id, ...inner], document, report, isSecret);
}

function findIn(
  node: unknown,
  schema: z.core.$ZodType | undefined,
  path: readonly string[],
  document: Document.Parsed,
  report: Report,
  isSecret = false,
): void {
  const secret = isSecret || (schema !== undefined && metaOf(schema, 'secret') === true);
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isScalar(target)) {
    if (secret && target.value !== null) report(target, path);
    return;
  }
  const inner = schema === undefined ? undefined : innerSchema(schema);
  if (isSeq(target)) {
    const element = inner?._zod.def.type === 'array' ? (inner as z.core.$ZodArray)._zod.def.element : undefined;
    for (const [index, item] of target.items.entries())
      findIn(item, element, [...path, String(index)], document, report, secret);
  }
  for (const { keys, value } of entriesOf(target, document)) {
    const [key = ''] = keys;
    const isNamed = secret || SECRET_NAMES.test(key);
    findIn(value, schemaOfKey(inner, key), [...path, key], document, report, isNamed);
  }
}

interface Entry {
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Returns the entries of a mapping, with those of the mappings that it merges. */
function entriesOf(node: unknown, document: Document.Parsed): readonly Entry[] {
  const map = isAlias(node) ? node.resolve(document) : node;
  if (!isMap(map)) return [];
  return (map.items as Pair[]).flatMap((pair): readonly Entry[] => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    if (key !== '<<') return [{ keys: [key], value: pair.value }];
    const merged = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
    return (isSeq(merged) ? merged.items : [merged]).flatMap((one) => entriesOf(one, document));
  });
}
