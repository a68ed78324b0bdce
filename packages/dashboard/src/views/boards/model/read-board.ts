import { LANGUAGES } from '../../../query/languages.ts';
import {
  BOARD_VERSION,
  type Board,
  type BoardVariable,
  COLUMNS,
  type Panel,
  type PanelContent,
  type PanelQuery,
  type PanelRepeat,
  type Place,
  REDUCERS,
  SERIES_COLORS,
  type SeriesOverride,
  SHAPES,
  type TableRows,
  type Threshold,
  type VariableSource,
} from './board.ts';
import { compact } from './layout.ts';

/** A document that is not a board, with the place of the error. */
export class BoardError extends Error {
  override readonly name = 'BoardError';
}

const MAX_PANELS = 500;
const MAX_VARIABLES = 50;
const MAX_QUERIES = 26;
const MAX_OVERRIDES = 200;
const MAX_ROWS = 5000;
/** Names of variables, as queries can mention them. */
export const VARIABLE_NAME = /^[a-zA-Z]\w{0,60}$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a board from a document, which may come from anyone. Rejects what this page would not show as its author meant
 * it: an unknown version, kind of panel, or type of value. Throws a `BoardError`.
 */
export function readBoard(document: unknown): Board {
  const fields = fieldsOf(document, 'board');
  const { version } = fields;
  if (version !== BOARD_VERSION) {
    throw new BoardError(
      typeof version === 'number' && version > BOARD_VERSION
        ? `version: this page reads boards of version ${BOARD_VERSION}, got ${version}, which a newer otelier has written`
        : `version: expected ${BOARD_VERSION}, got ${shown(version)}`,
    );
  }
  const variables = listOf(fields['variables'] ?? [], 'variables', MAX_VARIABLES).map((one, index) =>
    readVariable(one, `variables[${index}]`),
  );
  const panels = listOf(fields['panels'], 'panels', MAX_PANELS).map((one, index) => readPanel(one, `panels[${index}]`));
  assertUnique(variables, ({ name }) => name, 'variables', 'name');
  assertUnique(panels, ({ id }) => id, 'panels', 'id');
  return { version: BOARD_VERSION, variables, panels: compact(panels) };
}

function readPanel(value: unknown, at: string): Panel {
  const fields = fieldsOf(value, at);
  return {
    id: text(fields['id'], `${at}.id`, 80),
    title: text(fields['title'] ?? '', `${at}.title`, 500),
    place: readPlace(fields['place'], `${at}.place`),
    ...(fields['repeat'] === undefined ? {} : { repeat: readRepeat(fields['repeat'], `${at}.repeat`) }),
    ...readContent(fields, at),
  };
}

function readContent(fields: Fields, at: string): PanelContent {
  const { kind } = fields;
  switch (kind) {
    case 'query':
      return {
        kind,
        language: oneOf(
          fields['language'],
          LANGUAGES.map(({ id }) => id),
          `${at}.language`,
        ),
        queries: listOf(fields['queries'], `${at}.queries`, MAX_QUERIES).map((one, index) =>
          readQuery(one, `${at}.queries[${index}]`),
        ),
        shape: oneOf(fields['shape'], SHAPES, `${at}.shape`),
        unit: text(fields['unit'] ?? '', `${at}.unit`, 40),
        reduce: oneOf(fields['reduce'] ?? 'last', REDUCERS, `${at}.reduce`),
        thresholds: listOf(fields['thresholds'] ?? [], `${at}.thresholds`, 20).map((one, index) =>
          readThreshold(one, `${at}.thresholds[${index}]`),
        ),
        limits: fields['limits'] === true,
        ...(fields['max'] === undefined ? {} : { max: number(fields['max'], `${at}.max`) }),
        ...(fields['overrides'] === undefined
          ? {}
          : {
              overrides: listOf(fields['overrides'], `${at}.overrides`, MAX_OVERRIDES).map((one, index) =>
                readOverride(one, `${at}.overrides[${index}]`),
              ),
            }),
        ...(fields['rows'] === undefined ? {} : { rows: readRows(fields['rows'], `${at}.rows`) }),
      };
    case 'requests':
    case 'durations':
    case 'red':
      return { kind, where: readWhere(fields['where'], at) };
    case 'logs':
    case 'patterns':
      return { kind, where: readWhere(fields['where'], at), text: text(fields['text'] ?? '', `${at}.text`, 1000) };
    case 'text':
      return { kind, text: text(fields['text'], `${at}.text`, 100_000) };
    case 'row':
      return { kind, collapsed: fields['collapsed'] === true };
    default:
      throw new BoardError(
        `${at}.kind: expected query, requests, durations, red, logs, patterns, text or row, got ${shown(kind)}`,
      );
  }
}

function readQuery(value: unknown, at: string): PanelQuery {
  const fields = fieldsOf(value, at);
  const query = { text: text(fields['text'], `${at}.text`, 20_000) };
  return fields['legend'] === undefined ? query : { ...query, legend: text(fields['legend'], `${at}.legend`, 500) };
}

function readOverride(value: unknown, at: string): SeriesOverride {
  const fields = fieldsOf(value, at);
  const by = oneOf(fields['by'], ['name', 'pattern', 'query'] as const, `${at}.by`);
  const of = text(fields['of'], `${at}.of`, 500);
  if (by === 'pattern' && !isPattern(of))
    throw new BoardError(`${at}.of: expected a regular expression, got ${shown(of)}`);
  return {
    by,
    of,
    ...(fields['name'] === undefined ? {} : { name: text(fields['name'], `${at}.name`, 500) }),
    ...(fields['unit'] === undefined ? {} : { unit: text(fields['unit'], `${at}.unit`, 40) }),
    ...(fields['color'] === undefined ? {} : { color: oneOf(fields['color'], SERIES_COLORS, `${at}.color`) }),
    ...(fields['hidden'] === true ? { hidden: true } : {}),
    ...(fields['negative'] === true ? { negative: true } : {}),
  };
}

function readRows(value: unknown, at: string): TableRows {
  const { group, sort, limit } = fieldsOf(value, at);
  const column = (one: Fields, place: string): string => text(one['column'], `${place}.column`, 500);
  const groups = group === undefined ? undefined : fieldsOf(group, `${at}.group`);
  const order = sort === undefined ? undefined : fieldsOf(sort, `${at}.sort`);
  const count = limit === undefined ? undefined : number(limit, `${at}.limit`);
  if (count !== undefined && (!Number.isInteger(count) || count < 1))
    throw new BoardError(`${at}.limit: expected a whole number from 1, got ${count}`);
  return {
    ...(groups && {
      group: {
        by: texts(groups['by'], `${at}.group.by`, 50),
        values: listOf(groups['values'] ?? [], `${at}.group.values`, 50).map((one, index) => {
          const place = `${at}.group.values[${index}]`;
          const own = fieldsOf(one, place);
          const reduce = oneOf(own['reduce'], [...REDUCERS, 'count'] as const, `${place}.reduce`);
          return { column: column(own, place), reduce };
        }),
      },
    }),
    ...(order && { sort: { column: column(order, `${at}.sort`), descending: order['descending'] === true } }),
    ...(count !== undefined && { limit: count }),
  };
}

/** Reports whether a text is a regular expression. */
export function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function readRepeat(value: unknown, at: string): PanelRepeat {
  const fields = fieldsOf(value, at);
  const perRow = number(fields['perRow'] ?? 4, `${at}.perRow`);
  if (!Number.isInteger(perRow) || perRow < 1 || perRow > COLUMNS)
    throw new BoardError(`${at}.perRow: expected a whole number from 1 to ${COLUMNS}, got ${perRow}`);
  const variable = text(fields['variable'], `${at}.variable`, 80);
  if (!VARIABLE_NAME.test(variable))
    throw new BoardError(`${at}.variable: expected letters, digits and underscores, got ${shown(variable)}`);
  return { variable, direction: oneOf(fields['direction'], ['right', 'down'] as const, `${at}.direction`), perRow };
}

function readThreshold(value: unknown, at: string): Threshold {
  const fields = fieldsOf(value, at);
  return {
    value: number(fields['value'], `${at}.value`),
    level: oneOf(fields['level'], ['ok', 'warn', 'error'] as const, `${at}.level`),
  };
}

function readPlace(value: unknown, at: string): Place {
  const fields = fieldsOf(value, at);
  const cell = (name: string, min: number, max: number): number => {
    const found = number(fields[name], `${at}.${name}`);
    if (Number.isInteger(found) && found >= min && found <= max) return found;
    throw new BoardError(`${at}.${name}: expected a whole number from ${min} to ${max}, got ${found}`);
  };
  const x = cell('x', 0, COLUMNS - 1);
  return { x, y: cell('y', 0, MAX_ROWS), w: cell('w', 1, COLUMNS - x), h: cell('h', 1, 100) };
}

function readVariable(value: unknown, at: string): BoardVariable {
  const fields = fieldsOf(value, at);
  const name = text(fields['name'], `${at}.name`, 80);
  if (!VARIABLE_NAME.test(name)) {
    throw new BoardError(`${at}.name: expected letters, digits and underscores, got ${shown(name)}`);
  }
  const optional = (key: 'allValue' | 'pattern') =>
    fields[key] === undefined ? {} : { [key]: text(fields[key], `${at}.${key}`, 1000) };
  return {
    name,
    label: text(fields['label'] ?? name, `${at}.label`, 200),
    source: readSource(fields['source'], `${at}.source`),
    multi: fields['multi'] === true,
    all: fields['all'] === true,
    ...optional('allValue'),
    ...optional('pattern'),
    value: texts(fields['value'] ?? [], `${at}.value`, 500),
    hidden: fields['hidden'] === true,
  };
}

function readSource(value: unknown, at: string): VariableSource {
  const fields = fieldsOf(value, at);
  const from = oneOf(fields['from'], ['metrics', 'logs', 'spans', 'list', 'text'] as const, `${at}.from`);
  if (from === 'list') return { from, values: texts(fields['values'], `${at}.values`, 2000) };
  if (from === 'text') return { from };
  const label = text(fields['label'], `${at}.label`, 500);
  if (from === 'spans' || fields['match'] === undefined) return { from, label };
  return { from, label, match: text(fields['match'], `${at}.match`, 5000) };
}

function readWhere(value: unknown, at: string): readonly string[] {
  return texts(value ?? [], `${at}.where`, 50);
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new BoardError(`${at}: expected an object, got ${shown(value)}`);
}

function listOf(value: unknown, at: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new BoardError(`${at}: expected a list, got ${shown(value)}`);
  if (value.length > max) throw new BoardError(`${at}: expected at most ${max} items, got ${value.length}`);
  return value;
}

function texts(value: unknown, at: string, max: number): readonly string[] {
  return listOf(value, at, max).map((one, index) => text(one, `${at}[${index}]`, 5000));
}

function text(value: unknown, at: string, max: number): string {
  if (typeof value !== 'string') throw new BoardError(`${at}: expected a text, got ${shown(value)}`);
  if (value.length > max) throw new BoardError(`${at}: expected at most ${max} characters, got ${value.length}`);
  return value;
}

function number(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new BoardError(`${at}: expected a number, got ${shown(value)}`);
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[], at: string): Value {
  const found = values.find((one) => one === value);
  if (found !== undefined) return found;
  throw new BoardError(`${at}: expected ${values.slice(0, -1).join(', ')} or ${values.at(-1)}, got ${shown(value)}`);
}

function assertUnique<Item>(items: readonly Item[], key: (item: Item) => string, at: string, name: string): void {
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(key(item))) throw new BoardError(`${at}: two have the ${name} ${shown(key(item))}`);
    seen.add(key(item));
  }
}

/** Formats a wrong value for a message. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
