import { QueryError } from '../../contract.ts';
import { parseJson } from '../shared/json.ts';
import { isPlainText } from '../shared/quote.ts';
import { derivedReads, MACRO_NAMES } from './derived.ts';
import { RELATION_NAMES, type RelationName, shortcutColumn, shortcutRelation } from './relations.ts';

/** The relations and attribute keys that a user's statement reads, and its optimized form. */
export interface UserSql {
  /** The relations that the statement may read. */
  readonly relations: readonly RelationName[];
  /** The derived views and macros that it reads. */
  readonly derived: readonly string[];
  /** Attribute keys that the statement reads as `attributes->>'key'`. */
  readonly keys: readonly string[];
  /** DuckDB's parsed form of the statement, with `attributes->>'key'` replaced by columns of `shortcutView`. */
  readonly faster: string | undefined;
}

/** A node of a statement's syntax tree, as parsed by DuckDB. */
interface Node {
  [field: string]: unknown;
}

/**
 * Table functions that only generate rows from their arguments. Others read files, settings or the catalog, write logs,
 * or run SQL from a string that would not be checked.
 */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['unnest', 'range', 'generate_series', 'generate_subscripts', 'json_each', 'json_tree'],
]);

/** Functions with side effects or access outside the statement. */
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['write_log', 'getenv', 'current_setting', 'nextval', 'currval', 'add_parquet_key', 'json_serialize_plan'],
  ...['json_execute_serialized_sql', 'parse_duckdb_log_message', 'getvariable', 'query', 'query_table'],
]);

/**
 * Examines a statement parsed by DuckDB. `parsed` is the result of `json_serialize_sql`, which supports only SELECT.
 * Throws `QueryError` unless it is a single statement over the relations. The database settings and the process limits
 * restrict what an allowed statement can do.
 */
export function examineSql(parsed: string, statement: string): UserSql {
  // Numbers that JavaScript would round are passed through unchanged.
  const tree = parseJson(parsed, rawJson) as Node;
  if (tree['error'] === true) {
    if (tree['error_type'] !== 'parser') throw new QueryError('SQL: expected a read-only statement (SELECT)');
    throw new QueryError(`SQL: ${placeOf(statement, tree['position'])}${String(tree['error_message'])}`);
  }
  const statements = tree['statements'] as readonly Node[];
  if (statements.length !== 1) throw new QueryError(`SQL: expected one statement, got ${statements.length}`);
  const found: Findings = { tables: new Set(), keys: new Set(), hidesNames: false };
  visit(tree, (node) => examineNode(node, found));
  const derived = [...found.tables].filter((name) => derivedReads(name).length > 0);
  const read = new Set<string>([...found.tables, ...derived.flatMap(derivedReads)]);
  const named = RELATION_NAMES.filter((name) => read.has(name));
  const relations = named.length === 0 ? RELATION_NAMES : named;
  const keys = [...found.keys];
  if (keys.length === 0 || found.hidesNames) return { relations, derived, keys: [], faster: undefined };
  visit(tree, (node) => useShortcuts(node, keys));
  return { relations, derived, keys, faster: JSON.stringify(tree) };
}

/** `JSON.rawJSON` (ES2026), which TypeScript's library does not yet declare. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** Returns `line 2, column 5: ` for a position in characters, if DuckDB knows it. */
function placeOf(statement: string, position: unknown): string {
  if (typeof position !== 'string' || !/^\d+$/.test(position)) return '';
  const before = [...statement].slice(0, Number(position)).join('');
  const line = before.split('\n').length;
  return `line ${line}, column ${before.length - before.lastIndexOf('\n')}: `;
}

interface Findings {
  readonly tables: Set<string>;
  readonly keys: Set<string>;
  /** Whether the statement itself defines the name `attributes` or a relation's name. */
  hidesNames: boolean;
}

function examineNode(node: Node, found: Findings): void {
  if (node['type'] === 'BASE_TABLE') found.tables.add(tableName(node));
  if (node['type'] === 'TABLE_FUNCTION') checkTableFunction(node['function'] as Node, found);
  const name = node['function_name'];
  if (typeof name === 'string' && REFUSED_FUNCTIONS.has(name.toLowerCase())) {
    throw new QueryError(`SQL: the function ${name} is not available`);
  }
  const key = attributeKey(node);
  if (key !== undefined) found.keys.add(key);
  // `key` is the name of a common table expression.
  const given = [node['alias'], node['key'], ...asArray(node['column_name_alias']), ...asArray(node['aliases'])];
  if (given.some((name) => typeof name === 'string' && OWN_NAMES.has(name.toLowerCase()))) found.hidesNames = true;
}

/** Names by which statements refer to the relations and their attributes. */
const OWN_NAMES: ReadonlySet<string> = new Set(['attributes', ...RELATION_NAMES]);

function tableName(node: Node): string {
  const name = String(node['table_name']);
  // DuckDB treats an unknown table as a file name.
  if (/[./\\*: ]/.test(name)) {
    throw new QueryError(
      `SQL: expected one of the relations ${RELATION_NAMES.join(', ')}, got ${JSON.stringify(name)}`,
    );
  }
  return name.toLowerCase();
}

function checkTableFunction(call: Node, found: Findings): void {
  const name = String(call['function_name']).toLowerCase();
  if (TABLE_FUNCTIONS.has(name)) return;
  if (MACRO_NAMES.has(name)) {
    found.tables.add(name);
    return;
  }
  throw new QueryError(
    `SQL: the table function ${name} is not available; there are ${[...MACRO_NAMES].join(', ')} and the relations ${RELATION_NAMES.join(', ')}`,
  );
}

/** Returns the key in `attributes->>'key'` (`a.attributes->>'key'`), if the node has that form. */
function attributeKey(node: Node): string | undefined {
  if (node['class'] !== 'FUNCTION' || node['function_name'] !== '->>') return undefined;
  const [left, right] = asArray(node['children']) as readonly (Node | undefined)[];
  if (left?.['class'] !== 'COLUMN_REF' || right?.['class'] !== 'CONSTANT') return undefined;
  if (asArray(left['column_names']).at(-1) !== 'attributes') return undefined;
  const key = (right['value'] as Node | undefined)?.['value'];
  // A string with this prefix is a JSON path, not a key.
  return typeof key === 'string' && key !== '' && isPlainText(key) && !/^[$/]/.test(key) ? key : undefined;
}

/**
 * Replaces the relations with those that have shortcut columns, and attribute lookups with these columns. `*` does not
 * expand to them.
 */
function useShortcuts(node: Node, keys: readonly string[]): void {
  const key = attributeKey(node);
  if (key !== undefined) replaceByShortcut(node, key);
  if (node['class'] === 'STAR') {
    node['exclude_list'] = [...asArray(node['exclude_list']), ...keys.map(shortcutColumn)];
  }
  const table = String(node['table_name']).toLowerCase();
  if (node['type'] === 'BASE_TABLE' && (RELATION_NAMES as readonly string[]).includes(table)) {
    node['alias'] ||= node['table_name'];
    node['table_name'] = shortcutRelation(table);
  }
}

function replaceByShortcut(node: Node, key: string): void {
  const [column] = node['children'] as readonly Node[];
  const qualifiers = asArray(column?.['column_names']).slice(0, -1);
  const { alias, query_location } = node;
  for (const field of Object.keys(node)) delete node[field];
  const column_names = [...qualifiers, shortcutColumn(key)];
  Object.assign(node, { class: 'COLUMN_REF', type: 'COLUMN_REF', alias, query_location, column_names });
}

function visit(value: unknown, check: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) check(value as Node);
  for (const child of Object.values(value)) visit(child, check);
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
