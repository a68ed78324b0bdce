import { t } from '../../../../locale/t.ts';
import type { SeriesOverride, TableRows } from '../../model/board.ts';
import { isPattern } from '../../model/read-board.ts';
import { colorOf } from './colors.ts';
import { type Fields, objectOf, objectsOf, textOf } from './fields.ts';
import type { Report } from './report.ts';
import { rowsOf } from './table-rows.ts';
import { unitOf } from './units.ts';

type Match = Pick<SeriesOverride, 'by' | 'of'>;

const MAX_OVERRIDES = 200;

/**
 * Imports what differs for single series or columns: the overrides of a panel, and transformations that hide or rename.
 * `letters` are the queries by their IDs. The report names the others.
 */
export function importOverrides(
  panel: Fields,
  letters: ReadonlyMap<string, string>,
  report: Report,
): readonly SeriesOverride[] {
  const title = textOf(panel['title']);
  const isTable = /^table/.test(textOf(panel['type']));
  const transformed = objectsOf(panel['transformations']).flatMap((one) => {
    if (isTable && rowsOf(one, columnOf(letters)) !== undefined) return [];
    const found = one['disabled'] === true ? [] : transformation(one, letters, isTable);
    if (found === undefined)
      report.add(t('Transformations of the type “{type}”', { type: textOf(one['id']).slice(0, 60) }), title);
    return found ?? [];
  });
  const overridden = objectsOf(objectOf(panel['fieldConfig'])['overrides']).flatMap((one) =>
    overridesOf(one, letters, report, title),
  );
  return [...overridden, ...transformed].slice(0, MAX_OVERRIDES);
}

/** Imports what transformations do to the rows of a table; of each kind, the last one counts. */
export function importRows(panel: Fields, letters: ReadonlyMap<string, string>): TableRows | undefined {
  const found = objectsOf(panel['transformations']).flatMap((one) => {
    const rows = one['disabled'] === true ? undefined : rowsOf(one, columnOf(letters));
    return rows === undefined ? [] : [rows];
  });
  return found.length === 0 ? undefined : Object.assign({}, ...found);
}

/** Transformations that tables of boards do by themselves: rows are joined by their labels. */
const DONE = new Set(['merge', 'joinByField', 'seriesToColumns', 'labelsToFields', 'reduce', 'seriesToRows']);

function transformation(
  { id, options }: Fields,
  letters: ReadonlyMap<string, string>,
  isTable: boolean,
): readonly SeriesOverride[] | undefined {
  const fields = objectOf(options);
  if (DONE.has(textOf(id)) && isTable) return [];
  switch (id) {
    case 'organize': {
      const hidden = Object.entries(objectOf(fields['excludeByName'])).filter(([, is]) => is === true);
      const renamed = Object.entries(objectOf(fields['renameByName'])).filter(([, name]) => textOf(name) !== '');
      return [
        ...hidden.map(([name]) => ({ ...byName(name, letters), hidden: true })),
        ...renamed.map(([name, to]) => ({ ...byName(name, letters), name: textOf(to) })),
      ];
    }
    case 'filterFieldsByName': {
      const { names, pattern } = objectOf(fields['include']);
      const out = objectOf(fields['exclude']);
      const kept = textsOf(names).map(columnOf(letters));
      const excluded = textsOf(out['names']).map((name) => ({ ...byName(name, letters), hidden: true }));
      const only = textOf(pattern);
      return [
        ...(kept.length === 0 ? [] : patterns(`^(?!(?:${kept.map(escaped).join('|')})$)`, { hidden: true })),
        ...(only === ''
          ? []
          : patterns(only.startsWith('^') ? `^(?!${only.slice(1)})` : `^(?!.*(?:${only}))`, { hidden: true })),
        ...excluded,
        ...patterns(textOf(out['pattern']), { hidden: true }),
      ];
    }
    case 'renameByRegex':
      return patterns(textOf(fields['regex']), { name: textOf(fields['renamePattern']) });
    default:
      return undefined;
  }
}

function overridesOf(
  { matcher, properties }: Fields,
  letters: ReadonlyMap<string, string>,
  report: Report,
  title: string,
): readonly SeriesOverride[] {
  const { id, options } = objectOf(matcher);
  const matches = matchesOf(textOf(id), options, letters);
  if (matches.length === 0) {
    report.add(t('Overrides that match by “{matcher}”', { matcher: textOf(id).slice(0, 60) }), title);
    return [];
  }
  let change: Partial<SeriesOverride> = {};
  for (const property of objectsOf(properties)) {
    const value = propertyOf(property);
    if (value !== undefined) change = { ...change, ...value };
    else report.add(t('Overrides of “{property}”', { property: textOf(property['id']).slice(0, 60) }), title);
  }
  return Object.keys(change).length === 0 ? [] : matches.map((match) => ({ ...match, ...change }));
}

function matchesOf(id: string, options: unknown, letters: ReadonlyMap<string, string>): readonly Match[] {
  switch (id) {
    case 'byName':
      return textOf(options) === '' ? [] : [byName(textOf(options), letters)];
    case 'byNames':
      return textsOf(objectOf(options)['names']).map((name) => byName(name, letters));
    case 'byRegexp':
      return patterns(textOf(options), {});
    case 'byFrameRefID': {
      const letter = letters.get(textOf(options));
      return letter === undefined ? [] : [{ by: 'query', of: letter }];
    }
    default:
      return [];
  }
}

/** Returns what a property changes, or `undefined` if it has no counterpart. */
function propertyOf({ id, value }: Fields): Partial<SeriesOverride> | undefined {
  switch (id) {
    case 'displayName':
      return textOf(value) === '' || textOf(value).includes('${') ? undefined : { name: textOf(value) };
    case 'unit': {
      const unit = unitOf(textOf(value));
      return unit === undefined ? undefined : { unit };
    }
    case 'color': {
      const color = colorOf(textOf(objectOf(value)['fixedColor']));
      return color === undefined ? undefined : { color };
    }
    case 'custom.hidden':
      return { hidden: value === true };
    case 'custom.hideFrom':
      return { hidden: objectOf(value)['viz'] === true };
    case 'custom.transform':
      return value === 'negative-Y' ? { negative: true } : value === 'constant' ? undefined : {};
    default:
      return undefined;
  }
}

function byName(name: string, letters: ReadonlyMap<string, string>): Match {
  return { by: 'name', of: columnOf(letters)(name) };
}

/** Returns a function that returns the name of a column here: `Value #B` is that of a query. */
function columnOf(letters: ReadonlyMap<string, string>): (name: string) => string {
  return (name) => {
    const query = /^Value(?: #(\w+))?$/.exec(name);
    if (query === null) return name;
    return letters.size > 1 ? (letters.get(query[1] ?? '') ?? name) : 'value';
  };
}

function patterns(pattern: string, change: Partial<SeriesOverride>): readonly (Match & Partial<SeriesOverride>)[] {
  const text = /^\/(.*)\/[a-z]*$/s.exec(pattern)?.[1] ?? pattern;
  return text === '' || text.length > 500 || !isPattern(text) ? [] : [{ by: 'pattern', of: text, ...change }];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf).filter((text) => text !== '') : [];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
