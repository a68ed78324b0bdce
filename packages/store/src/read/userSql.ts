import { QueryError } from '../contract.ts';
import { isPlainKey } from './attributeSql.ts';
import { RELATION_NAMES, type RelationName, shortcutColumn } from './relations.ts';

/** What a user's statement reads, and how it can be made faster. */
export interface UserSql {
  /** The relations that it may see. */
  readonly relations: readonly RelationName[];
  /** Attribute keys that it reads as `attributes->>'key'`. */
  readonly keys: readonly string[];
  /** The statement with `attributes->>'key'` replaced by the columns that `relationView` adds, as DuckDB's parsed form. */
  readonly faster: string | undefined;
}

/** A node of DuckDB's parsed form of a statement. */
interface Node {
  [field: string]: unknown;
}

/**
 * Functions that stand in FROM and only make rows of their arguments. Others read files, settings or the catalogue, write
 * logs, or run SQL out of a text, which would not be looked at.
 */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['unnest', 'range', 'generate_series', 'generate_subscripts', 'repeat', 'repeat_row', 'json_each', 'json_tree'],
]);

/** Functions with effects or a view outside of the statement. */
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['write_log', 'getenv', 'current_setting', 'nextval', 'currval', 'add_parquet_key', 'json_serialize_plan'],
  ...['json_execute_serialized_sql', 'parse_duckdb_log_message', 'getvariable', 'query', 'query_table'],
]);

/**
 * Looks at a statement as DuckDB's own parser sees it (`parsed`, the answer of `json_serialize_sql`, which knows SELECT
 * and nothing else). Throws `QueryError` for what is not a single statement over the relations. This is the inner of two
 * walls; the outer one is the settings of the database.
 */
export function examineSql(parsed: string): UserSql {
  const tree = JSON.parse(parsed) as Node;
  if (tree['error'] === true) {
    const reason =
      tree['error_type'] === 'parser' ? String(tree['error_message']) : 'expected a statement that reads (SELECT)';
    throw new QueryError(`SQL: ${reason}`);
  }
  const statements = tree['statements'] as readonly Node[];
  if (statements.length !== 1) throw new QueryError(`SQL: expected one statement, got ${statements.length}`);
  const found: Findings = { tables: new Set(), keys: new Set(), hidesAttributes: false };
  visit(tree, (node) => examineNode(node, found));
  const named = RELATION_NAMES.filter((name) => found.tables.has(name));
  const relations = named.length === 0 ? RELATION_NAMES : named;
  const keys = [...found.keys];
  if (keys.length === 0 || found.hidesAttributes) return { relations, keys: [], faster: undefined };
  visit(tree, useShortcuts);
  visit(tree, (node) => hideShortcuts(node, keys));
  return { relations, keys, faster: JSON.stringify(tree) };
}

interface Findings {
  readonly tables: Set<string>;
  readonly keys: Set<string>;
  /** The statement gives the name `attributes` to something of its own. */
  hidesAttributes: boolean;
}

function examineNode(node: Node, found: Findings): void {
  if (node['type'] === 'BASE_TABLE') found.tables.add(tableName(node));
  if (node['type'] === 'TABLE_FUNCTION') checkTableFunction(node['function'] as Node);
  const name = node['function_name'];
  if (typeof name === 'string' && REFUSED_FUNCTIONS.has(name.toLowerCase())) {
    throw new QueryError(`SQL: the function ${name} is not available`);
  }
  const key = attributeKey(node);
  if (key !== undefined) found.keys.add(key);
  const aliases = [node['alias'], ...asArray(node['column_name_alias']), ...asArray(node['aliases'])];
  if (aliases.some((alias) => typeof alias === 'string' && alias.toLowerCase() === 'attributes')) {
    found.hidesAttributes = true;
  }
}

function tableName(node: Node): string {
  const name = String(node['table_name']);
  // DuckDB takes a table that it does not know for the name of a file.
  if (/[./\\*:]/.test(name)) {
    throw new QueryError(
      `SQL: expected one of the relations ${RELATION_NAMES.join(', ')}, got ${JSON.stringify(name)}`,
    );
  }
  return name.toLowerCase();
}

function checkTableFunction(call: Node): void {
  const name = String(call['function_name']).toLowerCase();
  if (TABLE_FUNCTIONS.has(name)) return;
  throw new QueryError(
    `SQL: the table function ${name} is not available; there are the relations ${RELATION_NAMES.join(', ')}`,
  );
}

/** The key of `attributes->>'key'` (`a.attributes->>'key'`). */
function attributeKey(node: Node): string | undefined {
  if (node['class'] !== 'FUNCTION' || node['function_name'] !== '->>') return undefined;
  const [left, right] = asArray(node['children']) as readonly (Node | undefined)[];
  if (left?.['class'] !== 'COLUMN_REF' || right?.['class'] !== 'CONSTANT') return undefined;
  if (asArray(left['column_names']).at(-1) !== 'attributes') return undefined;
  const key = (right['value'] as Node | undefined)?.['value'];
  // What begins so is a path in JSON, and not a key.
  return typeof key === 'string' && key !== '' && isPlainKey(key) && !/^[$/]/.test(key) ? key : undefined;
}

/** Turns `attributes->>'key'` into the column that stands for it. */
function useShortcuts(node: Node): void {
  const key = attributeKey(node);
  if (key === undefined) return;
  const [column] = node['children'] as readonly Node[];
  const qualifiers = asArray(column?.['column_names']).slice(0, -1);
  const { alias, query_location } = node;
  for (const field of Object.keys(node)) delete node[field];
  const column_names = [...qualifiers, shortcutColumn(key)];
  Object.assign(node, { class: 'COLUMN_REF', type: 'COLUMN_REF', alias, query_location, column_names });
}

/** `*` shall not show columns that nobody knows of. */
function hideShortcuts(node: Node, keys: readonly string[]): void {
  if (node['class'] !== 'STAR') return;
  node['exclude_list'] = [...asArray(node['exclude_list']), ...keys.map(shortcutColumn)];
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) look(value as Node);
  for (const child of Object.values(value)) visit(child, look);
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
