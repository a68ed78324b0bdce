import { msg, t } from '../../../../locale/t.ts';
import type { BoardVariable, VariableSource } from '../../model/board.ts';
import { VARIABLE_NAME } from '../../model/read-board.ts';
import { ALL } from '../../variables/chosen.ts';
import { type DatasourceKind, type Datasources, datasourceOf } from './datasources.ts';
import { type Fields, objectOf, textOf } from './fields.ts';
import type { Report } from './report.ts';

const MAX_VALUES = 2000;

/** Imports the template variables of a dashboard. */
export function importVariables(
  list: readonly Fields[],
  sources: Datasources,
  report: Report,
): readonly BoardVariable[] {
  return list.flatMap((variable): BoardVariable[] => {
    const name = textOf(variable['name']);
    const type = textOf(variable['type']);
    // Queries go to the store of this otelier, whatever their data source is.
    if (type === 'datasource') return [];
    if (!VARIABLE_NAME.test(name)) {
      report.add(t('Variables whose names have other characters than letters, digits and underscores'), name);
      return [];
    }
    const source = sourceOf(type, variable, sources);
    if (source === undefined) {
      const reason = REASONS[type];
      report.add(
        reason === undefined
          ? t('Variables of the type “{type}”; their last values are kept', { type: type.slice(0, 40) })
          : t(reason),
        name,
      );
    }
    const current = currentOf(variable);
    return [
      {
        name,
        label: textOf(variable['label']) || name,
        source: source ?? { from: 'text' },
        multi: variable['multi'] === true,
        all: variable['includeAll'] === true,
        ...optional('allValue', variable['allValue']),
        ...(source?.from === 'list' ? {} : optional('pattern', patternOf(textOf(variable['regex'])))),
        value:
          type === 'constant' ? [textOf(variable['query'])] : type === 'textbox' ? textboxValue(variable) : current,
        hidden: variable['hide'] === 2 || type === 'constant',
      },
    ];
  });
}

const REASONS: Readonly<Record<string, string>> = {
  query: msg('Variables whose queries are not lists of label values; their last values are kept'),
  adhoc: msg('Ad hoc filters; add conditions to the queries instead'),
  groupby: msg('Variables that group; write the labels into the queries instead'),
};

function sourceOf(type: string, variable: Fields, sources: Datasources): VariableSource | undefined {
  switch (type) {
    case 'custom':
    case 'interval':
      return { from: 'list', values: customValues(textOf(variable['query'])).slice(0, MAX_VALUES) };
    case 'constant':
      return { from: 'list', values: [textOf(variable['query'])] };
    case 'textbox':
      return { from: 'text' };
    case 'query':
      return querySource(variable, datasourceOf(variable['datasource'], sources));
    default:
      return undefined;
  }
}

/** Reads `label_values(…)`, and the forms that the editors of Loki and Tempo save. */
function querySource(variable: Fields, kind: DatasourceKind | undefined): VariableSource | undefined {
  const { query } = variable;
  const fields = objectOf(query);
  const text = (textOf(query) || textOf(fields['query']) || textOf(variable['definition'])).trim();
  const from = kind === 'loki' ? 'logs' : 'metrics';
  if (kind === 'loki' && textOf(fields['label']) !== '') {
    return withMatch('logs', textOf(fields['label']), textOf(fields['stream']));
  }
  if (kind === 'tempo') {
    const label = textOf(fields['label']);
    return label === '' ? undefined : { from: 'spans', label: spanField(label) };
  }
  if (kind !== undefined && kind !== 'prometheus' && kind !== 'loki') return undefined;
  const values = /^label_values\(\s*(?:([\s\S]+),\s*)?"?([^\s,(){}"]+)"?\s*\)$/.exec(text);
  if (values !== null) return withMatch(from, values[2] ?? '', values[1]?.trim() ?? '');
  const metrics = /^metrics\(/.test(text);
  return metrics ? { from: 'metrics', label: '__name__' } : undefined;
}

function withMatch(from: 'metrics' | 'logs', label: string, match: string): VariableSource {
  return match === '' ? { from, label } : { from, label, match };
}

function spanField(label: string): string {
  if (label === 'resource.service.name' || label === 'service.name') return 'service';
  return label.replace(/^span\./, 'attributes.').replace(/^\./, 'attributes.');
}

/** Splits `a, b : 1, c\,d`. A name before a colon is dropped, because boards show the values. */
function customValues(text: string): readonly string[] {
  return text
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .map((part) => / : (.*)$/.exec(part)?.[1]?.trim() ?? part)
    .filter((part) => part !== '');
}

function currentOf(variable: Fields): readonly string[] {
  const values = [objectOf(variable['current'])['value']].flat().map(textOf);
  return values.filter((value) => value !== '').map((value) => (value === '$__all' ? ALL : value));
}

function textboxValue(variable: Fields): readonly string[] {
  const [current = textOf(variable['query'])] = currentOf(variable);
  return current === '' ? [] : [current];
}

/** Removes the slashes of `/…/`. */
function patternOf(regex: string): string {
  return /^\/(.*)\/[a-z]*$/s.exec(regex)?.[1] ?? regex;
}

function optional(key: 'allValue' | 'pattern', value: unknown): Partial<BoardVariable> {
  const text = textOf(value);
  return text === '' ? {} : { [key]: text };
}
