import {
  ANY_VALUE_FIELDS,
  AttributeEditor,
  anyValueKind,
  type Decision,
  EncodedAttribute,
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
} from '@otelier/otlp';
import { compilePattern } from '@otelier/query/pattern';
import { PatternTree, WILDCARD } from '@otelier/query/pattern-tree';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import type { DrainConfig } from './config.ts';

const DEFAULT_MAX_PATTERNS = 10_000;

/** Returns a hook that stores the pattern of each log record in an attribute. */
export function annotateRecords(config: DrainConfig): (cursor: ItemCursor) => Decision {
  const tree = new PatternTree({
    depth: config.treeDepth,
    threshold: config.mergeThreshold,
    maxChildren: config.maxNodeChildren,
    maxPatterns: config.maxClusters > 0 ? config.maxClusters : DEFAULT_MAX_PATTERNS,
    delimiters: config.extraDelimiters,
  });
  const mask = masking(config);
  for (const template of config.seedTemplates) if (template.trim() !== '') tree.add(tree.tokensOf(template));
  for (const line of config.seedLogs) if (line.trim() !== '') tree.add(tree.tokensOf(mask(line)));

  const bodyKey = config.bodyField === '' ? undefined : encodeKey(config.bodyField);
  const templateKey = encodeKey(config.templateAttribute);
  const values = new PatternValues(config);
  const editor = new AttributeEditor();
  let isWarm = config.warmupMinClusters === 0;
  return ({ bytes, start, end, splices }) => {
    const text = textOf(bytes, start, end, bodyKey);
    if (text === '') return 'keep';
    const pattern = tree.add(tree.tokensOf(mask(text)));
    isWarm ||= tree.size >= config.warmupMinClusters;
    const template = pattern.join(' ');
    if (!isWarm || template === '') return 'keep';
    editor.reset(bytes, start, end, LOG_RECORD_FIELDS.attributes);
    editor.set(EncodedAttribute.ofKey(templateKey, template));
    if (values.isUsed) values.set(editor, pattern, tree.tokensOf(text));
    editor.record(splices);
    return 'keep';
  };
}

/** Returns a function that replaces the matches of masking rules with the rule names. */
function masking({ maskingRules }: DrainConfig): (line: string) => string {
  const rules = maskingRules.map(({ name, pattern }) => ({ token: `<${name}>`, pattern: compilePattern(pattern) }));
  return (line) => {
    let text = line;
    for (const { token, pattern } of rules) {
      let masked = '';
      let at = 0;
      for (const { start, end } of pattern.matches(text)) {
        masked += text.slice(at, start) + token;
        at = end;
      }
      if (at > 0 || masked !== '') text = masked + text.slice(at);
    }
    return text;
  };
}

/** Records the words of a line at the variable positions of its pattern. */
class PatternValues {
  readonly isUsed: boolean;
  /** Attribute keys by masking rule token. */
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #wildcardsKey: Uint8Array | undefined;

  constructor({ maskingRules, parameterKeyPrefix, emitWildcards, wildcardsAttribute }: DrainConfig) {
    this.#keys = new Map(maskingRules.map(({ name }) => [`<${name}>`, encodeKey(`${parameterKeyPrefix}.${name}`)]));
    this.#wildcardsKey = emitWildcards ? encodeKey(wildcardsAttribute) : undefined;
    this.isUsed = this.#keys.size > 0 || emitWildcards;
  }

  set(editor: AttributeEditor, pattern: readonly string[], tokens: readonly string[]): void {
    // A value with spaces is a single word in the pattern, so the positions of the other words are unknown.
    if (pattern.length !== tokens.length) return;
    const wildcards: string[] = [];
    const written = new Set<string>();
    for (const [index, token] of pattern.entries()) {
      const value = tokens[index] ?? '';
      if (token === WILDCARD) wildcards.push(value);
      const key = this.#keys.get(token);
      // The first value for a name wins.
      if (key === undefined || written.has(token)) continue;
      written.add(token);
      editor.set(EncodedAttribute.ofKey(key, value));
    }
    if (this.#wildcardsKey !== undefined && wildcards.length > 0)
      editor.set(EncodedAttribute.ofKey(this.#wildcardsKey, wildcards));
  }
}

const found = new FoundAttribute();

/** Returns the text of a log record: its body, or the value under a key in a structured body. */
function textOf(bytes: Uint8Array, start: number, end: number, key: Uint8Array | undefined): string {
  const body = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
  if (body < 0) return '';
  const from = payloadStart(bytes, body);
  const to = payloadEnd(bytes, body);
  if (key !== undefined && anyValueKind(bytes, from, to) === 'kvlist') {
    const map = findField(bytes, from, to, ANY_VALUE_FIELDS.kvlist);
    if (findAttribute(bytes, payloadStart(bytes, map), payloadEnd(bytes, map), 1, key, found))
      return attributeText(readValue(bytes, found.valueStart, found.valueEnd));
  }
  return attributeText(readValue(bytes, from, to));
}
