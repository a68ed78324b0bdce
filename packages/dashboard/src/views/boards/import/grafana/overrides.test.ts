import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overridesOf } from '../../panels/overrides.ts';
import { panelSeries } from '../../panels/panel-series.ts';
import { arrangedRows } from '../../panels/table-rows.ts';
import { readBoardFile } from '../read-file.ts';

const read = (panels: readonly object[], variables: readonly string[] = []) =>
  readBoardFile(
    JSON.stringify({
      panels,
      templating: { list: variables.map((name) => ({ type: 'custom', name, query: 'a,b' })) },
    }),
    'file.json',
  );
const target = (refId: string) => ({ expr: 'x', refId, datasource: { type: 'prometheus' } });
const override = (id: string, options: unknown, ...properties: readonly (readonly [string, unknown])[]) => ({
  matcher: { id, options },
  properties: properties.map(([property, value]) => ({ id: property, value })),
});

test('overrides change names, colors and units, and hide, by name, pattern and query', () => {
  const { board, report } = read([
    {
      type: 'stat',
      targets: [target('B'), target('A')],
      fieldConfig: {
        defaults: {},
        overrides: [
          override(
            'byName',
            'failed',
            ['color', { mode: 'fixed', fixedColor: 'semi-dark-red' }],
            ['displayName', 'Errors'],
          ),
          override('byRegexp', '/^p(\\d+)$/', ['unit', 's'], ['color', { fixedColor: '#5794F2' }]),
          override('byFrameRefID', 'A', ['unit', 'bytes']),
          override('byNames', { names: ['x', 'y'] }, ['custom.hideFrom', { viz: true, legend: true }]),
        ],
      },
    },
  ]);
  assert.deepEqual(report, []);
  const [panel] = board.panels;
  const of = overridesOf(panel?.kind === 'query' ? panel.overrides : []);
  const plain = { unit: undefined, token: undefined, isHidden: false, isNegative: false };
  assert.deepEqual(of('failed', 0), { ...plain, name: 'Errors', token: '--error-fill' });
  assert.deepEqual(of('p95', 0), { ...plain, name: 'p95', unit: 's', token: '--svc-1' });
  // `A` is the second query, which is B here.
  assert.deepEqual(of('other', 1), { ...plain, name: 'other', unit: 'By' });
  assert.deepEqual([of('x', 0).isHidden, of('z', 0).isHidden], [true, false]);
});

test('transformations that hide, rename and join are columns of the table', () => {
  const { board, report } = read([
    {
      type: 'table',
      targets: [target('A'), target('C')],
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: { excludeByName: { Time: true, job: true }, renameByName: { 'Value #C': 'Memory' } },
        },
        { id: 'renameByRegex', options: { regex: '^node_(.*)', renamePattern: '$1' } },
        { id: 'sortBy', disabled: true },
      ],
    },
    {
      type: 'table',
      title: 'Kept',
      targets: [target('A')],
      transformations: [
        { id: 'filterFieldsByName', options: { include: { names: ['pod', 'Value'] } } },
        { id: 'calculateField' },
      ],
    },
  ]);
  assert.deepEqual(report, [{ what: 'Transformations of the type “calculateField”', where: ['Kept'] }]);
  const [first, second] = board.panels.map((panel) => overridesOf(panel.kind === 'query' ? panel.overrides : []));
  assert.deepEqual(
    [first?.('job', -1).isHidden, first?.('B', 1).name, first?.('node_cpu', -1).name],
    [true, 'Memory', 'cpu'],
  );
  assert.deepEqual(
    ['pod', 'value', 'instance', 'podium'].map((name) => second?.(name, 0).isHidden),
    [false, false, true, true],
  );
});

test('transformations group, sort and limit the rows of tables', () => {
  const { board, report } = read([
    {
      type: 'table',
      targets: [target('A')],
      transformations: [
        {
          id: 'groupBy',
          options: {
            fields: {
              job: { operation: 'groupby' },
              Value: { operation: 'aggregate', aggregations: ['sum'] },
              pod: { operation: 'aggregate', aggregations: ['count'] },
            },
          },
        },
        { id: 'sortBy', options: { sort: [{ field: 'Value', desc: true }] } },
        { id: 'limit', options: { limitField: '2' } },
      ],
    },
    {
      type: 'table',
      title: 'Odd',
      targets: [target('A')],
      transformations: [
        { id: 'groupBy', options: { fields: { a: { operation: 'aggregate', aggregations: ['stdDev'] } } } },
        { id: 'limit', options: { limitField: -1 } },
        { id: 'sortBy', options: { sort: [{}] } },
      ],
    },
  ]);
  assert.deepEqual(
    report.map(({ what }) => what),
    ['groupBy', 'limit', 'sortBy'].map((id) => `Transformations of the type “${id}”`),
  );
  const [first, odd] = board.panels;
  const rows = first?.kind === 'query' ? first.rows : undefined;
  assert.ok(odd?.kind === 'query' && odd.rows === undefined);
  const column = (name: string, numeric = false) => ({ name, type: '', numeric });
  const table = {
    columns: [column('job'), column('pod'), column('value', true)],
    rows: [
      ['a', 'x', 1],
      ['b', 'y', 5],
      ['a', 'z', 2],
      ['c', 'x', 9],
      ['b', 'x', 5],
    ],
    hiddenColumns: 0,
  };
  const arranged = arrangedRows(table, rows);
  assert.deepEqual(
    arranged.columns.map(({ name }) => name),
    ['job', 'value', 'pod'],
  );
  assert.deepEqual(arranged.rows, [
    ['b', 10, 2],
    ['c', 9, 1],
  ]);
  // A board of before, or a table without these columns.
  assert.equal(arrangedRows(table, undefined), table);
  assert.deepEqual(arrangedRows({ ...table, columns: [column('x')] }, rows).rows.length, 2);
});

test('hidden queries stay hidden, lines are drawn below zero, and thresholds in percent are values', () => {
  const { board, report } = read([
    {
      type: 'timeseries',
      targets: [target('A'), { ...target('B'), hide: true }],
      fieldConfig: {
        defaults: {
          min: 100,
          max: 300,
          thresholds: { mode: 'percentage', steps: [{ value: null }, { value: 50, color: 'red' }] },
        },
        overrides: [override('byFrameRefID', 'A', ['custom.transform', 'negative-Y'])],
      },
    },
    {
      type: 'stat',
      title: 'S',
      targets: [target('A')],
      fieldConfig: { defaults: { thresholds: { mode: 'percentage' } } },
    },
  ]);
  assert.deepEqual(report, [{ what: 'Thresholds in percent of a range without an end', where: ['S'] }]);
  const [panel] = board.panels;
  if (panel?.kind !== 'query') assert.fail();
  assert.deepEqual(panel.thresholds, [{ value: 200, level: 'error' }]);
  const of = overridesOf(panel.overrides);
  assert.deepEqual([of('x', 0).isNegative, of('x', 0).isHidden, of('x', 1).isHidden], [true, false, true]);
  const series = [{ labels: { pod: 'a' }, values: [1, null, 2], exemplars: [] }];
  const result = { kind: 'series' as const, response: { timesMillis: [0, 1, 2], stepMillis: 1, series } };
  const window = { startMillis: 0, endMillis: 3, stepMillis: 1 };
  const found = panelSeries([result, result] as never, panel.queries, window as never, panel.overrides);
  assert.deepEqual(
    found?.lines.map(({ values }) => values),
    [[-1, null, -2]],
  );
  const jobs = ['shop/cart', 'shop/catalog'].map((job) => ({ labels: { job }, values: [1, 2, 3] }));
  const services = panelSeries(
    [{ ...result, response: { ...result.response, series: jobs } }] as never,
    panel.queries,
    window as never,
  );
  assert.equal(new Set(services?.lines.map(({ token }) => token)).size, 2);
});

test('panels and rows repeat for variables', () => {
  const grid = (y: number) => ({ gridPos: { x: 0, y, w: 12, h: 4 } });
  const { board } = read(
    [
      { type: 'row', title: 'R', repeat: 'zone', ...grid(0) },
      { type: 'stat', repeat: 'pod', maxPerRow: 3, targets: [target('A')], ...grid(1) },
      { type: 'stat', repeat: 'pod', repeatDirection: 'v', targets: [target('A')], ...grid(6) },
    ],
    ['zone', 'pod'],
  );
  assert.deepEqual(
    board.panels.map(({ repeat }) => repeat),
    [
      { variable: 'zone', direction: 'down', perRow: 4 },
      { variable: 'pod', direction: 'right', perRow: 3 },
      { variable: 'pod', direction: 'down', perRow: 4 },
    ],
  );
});

test('wrong overrides and transformations do no harm', () => {
  const { report } = read([
    {
      type: 'table',
      targets: [target('A')],
      transformations: [{ id: 'renameByRegex', options: { regex: '((' } }, { id: 'organize', options: [] }, {}],
      fieldConfig: {
        overrides: [
          override('byRegexp', '[', ['unit', 's']),
          override('byFrameRefID', 'Z', ['unit', 's']),
          { matcher: 1, properties: 2 },
          override('byName', 'a', ['color', { fixedColor: 'url(javascript:1)' }], ['unit', {}]),
        ],
      },
    },
  ]);
  assert.deepEqual(
    report.map(({ what }) => what),
    [
      'Transformations of the type “”',
      'Overrides that match by “byRegexp”',
      'Overrides that match by “byFrameRefID”',
      'Overrides that match by “”',
      'Overrides of “color”',
    ],
  );
});
