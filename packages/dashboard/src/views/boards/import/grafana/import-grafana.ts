import { t } from '../../../../locale/t.ts';
import { BOARD_VERSION, COLUMNS, type Panel, type PanelRepeat, type Place } from '../../model/board.ts';
import { compact, within } from '../../model/layout.ts';
import { readBoard } from '../../model/read-board.ts';
import type { ImportedBoard } from '../imported-board.ts';
import { type Datasources, readDatasources } from './datasources.ts';
import { type Fields, numberOf, objectOf, objectsOf, textOf } from './fields.ts';
import { importContent } from './panel.ts';
import { Report } from './report.ts';
import { importVariables } from './variables.ts';

const GRAFANA_COLUMNS = 24;
/** Height of a row of Grafana with its gap, relative to a row of a board. */
const ROW_SCALE = 38 / 36;
const MIN_ROWS = 2;

/** Reports whether a document is a dashboard of Grafana in the classic model. */
export function isGrafanaDashboard(document: unknown): document is Fields {
  const fields = objectOf(document);
  return Array.isArray(fields['panels']) || (Array.isArray(fields['rows']) && 'schemaVersion' in fields);
}

/** Imports a dashboard of Grafana. The report names everything that has no counterpart. Throws a `BoardError`. */
export function importGrafana(dashboard: Fields, fallbackName: string): ImportedBoard {
  const report = new Report();
  const sources = readDatasources(dashboard);
  const variables = importVariables(objectsOf(objectOf(dashboard['templating'])['list']), sources, report);
  const annotations = objectsOf(objectOf(dashboard['annotations'])['list']).filter(
    (one) => one['builtIn'] !== 1 && one['type'] !== 'dashboard',
  );
  for (const annotation of annotations)
    report.add(t('Annotations, because charts of boards have no marks of events'), textOf(annotation['name']));
  if (objectsOf(dashboard['links']).length > 0) report.add(t('Links of the dashboard'));
  const panels = [...panelsOf(dashboard, sources, report, new Set(variables.map(({ name }) => name)))];
  const board = readBoard({ version: BOARD_VERSION, variables, panels: compact(panels) });
  return { name: textOf(dashboard['title']).trim() || fallbackName, board, report: report.entries() };
}

function* panelsOf(
  dashboard: Fields,
  sources: Datasources,
  report: Report,
  variables: ReadonlySet<string>,
): Generator<Panel> {
  let number = 0;
  for (const { panel, place, y } of flattened(dashboard)) {
    number += 1;
    const id = `p${number}`;
    const title = textOf(panel['title']).slice(0, 500);
    if (panel['type'] === 'row') {
      const collapsed = panel['collapsed'] === true || panel['collapse'] === true;
      const repeat = repeatOf(panel, variables, report);
      yield { kind: 'row', id, title, collapsed, place: { x: 0, y, w: COLUMNS, h: 1 }, ...repeat };
      continue;
    }
    const content = importContent(panel, sources, report);
    if (content !== undefined) yield { ...content, id, title, place, ...repeatOf(panel, variables, report) };
  }
}

function repeatOf(panel: Fields, variables: ReadonlySet<string>, report: Report): { readonly repeat?: PanelRepeat } {
  const variable = textOf(panel['repeat']);
  if (variable === '') return {};
  if (!variables.has(variable)) {
    report.add(t('Panels that repeat for a variable that was not imported'), textOf(panel['title']));
    return {};
  }
  const isDown = panel['type'] === 'row' || panel['repeatDirection'] === 'v';
  const perRow = Math.min(COLUMNS, Math.max(1, Math.round(numberOf(panel['maxPerRow']) ?? 4)));
  return { repeat: { variable, direction: isDown ? 'down' : 'right', perRow } };
}

interface Flat {
  readonly panel: Fields;
  readonly place: Place;
  readonly y: number;
}

/** Returns all panels in order: those of collapsed rows follow their row. */
function flattened(dashboard: Fields): readonly Flat[] {
  // Before version 16 of the schema, rows had panels of a width.
  if (!Array.isArray(dashboard['panels'])) return oldRows(objectsOf(dashboard['rows']));
  const top = objectsOf(dashboard['panels'])
    .map((panel) => ({ panel, grid: gridOf(panel) }))
    .toSorted((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);
  let offset = 0;
  return top.flatMap(({ panel, grid }) => {
    const own = { panel, ...placed(grid, offset) };
    const nested = objectsOf(panel['panels']).map((one) => ({ panel: one, grid: gridOf(one) }));
    if (panel['type'] !== 'row' || nested.length === 0) return [own];
    // Collapsed panels take no space in their dashboard.
    const first = nested.reduce((min, one) => Math.min(min, one.grid.y), Number.POSITIVE_INFINITY);
    const inner = nested.map(({ panel: one, grid: at }) => ({
      panel: one,
      ...placed({ ...at, y: at.y - first + grid.y + 1 }, offset),
    }));
    offset += nested.reduce((max, one) => Math.max(max, one.grid.y + one.grid.h - first), 0);
    return [own, ...inner];
  });
}

function placed(grid: Place, offset: number): { readonly place: Place; readonly y: number } {
  const scale = COLUMNS / GRAFANA_COLUMNS;
  const y = Math.min(4900, Math.max(0, Math.round((grid.y + offset) * ROW_SCALE * 2) / 2));
  const x = Math.round(grid.x * scale);
  const place = within({
    x,
    y,
    w: Math.max(1, Math.round((grid.x + grid.w) * scale) - x),
    h: Math.max(MIN_ROWS, Math.round(grid.h * ROW_SCALE)),
  });
  return { place, y: Math.floor(y) };
}

function gridOf(panel: Fields): Place {
  const grid = objectOf(panel['gridPos']);
  return {
    x: numberOf(grid['x']) ?? 0,
    y: numberOf(grid['y']) ?? 0,
    w: numberOf(grid['w']) ?? 12,
    h: numberOf(grid['h']) ?? 8,
  };
}

function oldRows(rows: readonly Fields[]): readonly Flat[] {
  let y = 0;
  return rows.flatMap((row) => {
    const head: Flat[] = textOf(row['title']) === '' ? [] : [{ panel: { ...row, type: 'row' }, place: ANY_PLACE, y }];
    y += head.length;
    let x = 0;
    let height = 0;
    const pixels = numberOf(Number.parseInt(textOf(row['height']), 10)) ?? 250;
    const flat = objectsOf(row['panels']).map((panel): Flat => {
      const w = Math.max(1, Math.min(COLUMNS, numberOf(panel['span']) ?? 6));
      if (x + w > COLUMNS) {
        x = 0;
        y += height;
      }
      height = Math.max(MIN_ROWS, Math.round(pixels / 36));
      const place = within({ x, y, w, h: height });
      x += w;
      return { panel, place, y };
    });
    y += height;
    return [...head, ...flat];
  });
}

const ANY_PLACE: Place = { x: 0, y: 0, w: COLUMNS, h: 1 };
