import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBoard } from '../../model/read-board.ts';
import { readBoardFile } from '../read-file.ts';

const prometheus = { type: 'prometheus', uid: `\${DS}` };
const target = (expr: string, more: object = {}) => ({ expr, refId: 'A', datasource: prometheus, ...more });
const read = (dashboard: object) => readBoardFile(JSON.stringify(dashboard), 'file.json');

test('imports the common panels with queries, units, legends and thresholds', () => {
  const { name, board, report } = read({
    title: 'Shop',
    schemaVersion: 39,
    panels: [
      {
        type: 'timeseries',
        title: 'Rate',
        gridPos: { x: 0, y: 0, w: 12, h: 8 },
        targets: [
          target('rate(a[$__rate_interval])', { legendFormat: '{{job}}' }),
          target('b', { legendFormat: '__auto' }),
        ],
        fieldConfig: {
          defaults: {
            unit: 'reqps',
            custom: { stacking: { mode: 'normal' }, thresholdsStyle: { mode: 'line' } },
            thresholds: {
              mode: 'absolute',
              steps: [
                { color: 'green', value: null },
                { color: 'rgba(245, 54, 54, 0.9)', value: 5 },
              ],
            },
          },
          overrides: [],
        },
      },
      {
        type: 'gauge',
        title: 'CPU',
        gridPos: { x: 12, y: 0, w: 6, h: 4 },
        datasource: prometheus,
        targets: [{ expr: 'cpu' }],
        options: { reduceOptions: { calcs: ['mean'] } },
        fieldConfig: { defaults: { unit: 'percentunit', mappings: [{ type: 'special' }] } },
      },
      {
        type: 'logs',
        gridPos: { x: 0, y: 8, w: 24, h: 8 },
        targets: [{ expr: '{a="b"} |= "c"', datasource: { type: 'loki' } }],
      },
      {
        type: 'table',
        gridPos: { x: 0, y: 16, w: 24, h: 8 },
        targets: [{ query: '{ status = error }', datasource: { type: 'tempo' } }],
      },
      {
        type: 'text',
        title: 'Note',
        gridPos: { x: 0, y: 24, w: 24, h: 3 },
        options: { mode: 'markdown', content: '# Hi' },
      },
    ],
  });
  assert.equal(name, 'Shop');
  assert.deepEqual(report, []);
  const [rate, cpu, logs, table, note] = board.panels;
  assert.deepEqual(rate, {
    id: 'p1',
    title: 'Rate',
    place: { x: 0, y: 0, w: 6, h: 8 },
    kind: 'query',
    language: 'promql',
    queries: [{ text: 'rate(a[$__rate_interval])', legend: '{{job}}' }, { text: 'b' }],
    shape: 'stacked',
    unit: '{request}/s',
    reduce: 'last',
    thresholds: [{ value: 5, level: 'error' }],
    limits: true,
  });
  assert.deepEqual(cpu?.kind === 'query' && [cpu.shape, cpu.unit, cpu.reduce, cpu.max], ['gauge', 'ratio', 'mean', 1]);
  assert.deepEqual(logs?.kind === 'query' && [logs.language, logs.shape], ['logql', 'list']);
  assert.deepEqual(table?.kind === 'query' && [table.language, table.shape], ['traceql', 'table']);
  assert.equal(note?.kind === 'text' && note.text, '# Hi');
});

test('imports template variables', () => {
  const { board, report } = read({
    panels: [],
    templating: {
      list: [
        { type: 'datasource', name: 'DS', query: 'prometheus' },
        {
          type: 'query',
          name: 'job',
          datasource: prometheus,
          query: { query: 'label_values(up{a="$x"}, job)' },
          includeAll: true,
          multi: true,
          regex: '/^(.*)-\\d+$/',
          current: { value: ['$__all'] },
        },
        { type: 'query', name: 'node', label: 'Node', query: 'label_values(instance)', datasource: prometheus },
        {
          type: 'query',
          name: 'app',
          datasource: { type: 'loki' },
          query: { label: 'app', stream: '{x="y"}', type: 1 },
        },
        {
          type: 'query',
          name: 'service',
          datasource: { type: 'tempo' },
          query: { label: 'resource.service.name', type: 0 },
        },
        { type: 'query', name: 'sum', datasource: prometheus, query: 'query_result(sum(up))', current: { value: '3' } },
        { type: 'custom', name: 'env', query: 'one : 1, two\\,three, 4', current: { value: '4' } },
        { type: 'interval', name: 'step', query: '1m,5m', current: { value: '5m' } },
        { type: 'constant', name: 'prefix', query: 'node_' },
        { type: 'textbox', name: 'find', query: 'x' },
        { type: 'adhoc', name: 'filters' },
      ],
    },
  });
  assert.deepEqual(
    board.variables.map(({ name, source }) => [name, source]),
    [
      ['job', { from: 'metrics', label: 'job', match: 'up{a="$x"}' }],
      ['node', { from: 'metrics', label: 'instance' }],
      ['app', { from: 'logs', label: 'app', match: '{x="y"}' }],
      ['service', { from: 'spans', label: 'service' }],
      ['sum', { from: 'text' }],
      ['env', { from: 'list', values: ['1', 'two,three', '4'] }],
      ['step', { from: 'list', values: ['1m', '5m'] }],
      ['prefix', { from: 'list', values: ['node_'] }],
      ['find', { from: 'text' }],
      ['filters', { from: 'text' }],
    ],
  );
  assert.equal(board.variables[0]?.pattern, '^(.*)-\\d+$');
  assert.deepEqual(
    report.map(({ where }) => where),
    [['sum'], ['filters']],
  );
});

test('names what it does not import, and keeps the rest', () => {
  const panel = (more: object) => ({ type: 'timeseries', title: 'T', targets: [target('a')], ...more });
  const { board, report } = read({
    panels: [
      panel({ type: 'geomap', title: 'World' }),
      panel({ targets: [{ rawSql: 'SELECT 1', datasource: { type: 'postgres' } }], title: 'SQL' }),
      panel({
        transformations: [{ id: 'calculateField' }],
        fieldConfig: {
          defaults: { unit: 'locale-unknown' },
          overrides: [
            { matcher: { id: 'byType', options: 'number' }, properties: [{ id: 'unit', value: 's' }] },
            { matcher: { id: 'byName', options: 'x' }, properties: [{ id: 'custom.lineWidth', value: 3 }] },
          ],
        },
      }),
      panel({ repeat: 'job', targets: [target('a'), target('b', { hide: true })] }),
      {
        type: 'text',
        title: 'Page',
        options: { mode: 'html', content: '<p>Hi <script>alert(1)</script><b>you</b></p>' },
      },
    ],
    annotations: {
      list: [
        { builtIn: 1, name: 'Annotations & Alerts' },
        { name: 'Deploys' },
        { name: 'Restarts', expr: 'changes(up[1m])' },
      ],
    },
  });
  assert.deepEqual(report, [
    { what: 'Annotations, because charts of boards have no marks of events', where: ['Deploys', 'Restarts'] },
    { what: 'Panels of the type “geomap”', where: ['World'] },
    { what: 'Queries of other data sources than Prometheus, Loki and Tempo', where: ['SQL'] },
    { what: 'Panels without a query that otelier can evaluate', where: ['SQL'] },
    { what: 'The unit “locale-unknown”', where: ['T'] },
    { what: 'Transformations of the type “calculateField”', where: ['T'] },
    { what: 'Overrides that match by “byType”', where: ['T'] },
    { what: 'Overrides of “custom.lineWidth”', where: ['T'] },
    { what: 'Panels that repeat for a variable that was not imported', where: ['T'] },
    { what: 'HTML in texts, of which the words were imported', where: ['Page'] },
  ]);
  assert.deepEqual(
    board.panels.map(({ kind }) => kind),
    ['query', 'query', 'text'],
  );
  const text = board.panels.at(-1);
  assert.equal(text?.kind === 'text' && text.text, 'Hi you');
});

test('keeps the panels of rows, collapsed or not, and of dashboards from before rows were panels', () => {
  const chart = (title: string, y: number, x = 0) => ({
    type: 'timeseries',
    title,
    gridPos: { x, y, w: 12, h: 8 },
    targets: [target('a')],
  });
  const { board } = read({
    panels: [
      {
        type: 'row',
        title: 'Closed',
        collapsed: true,
        gridPos: { x: 0, y: 0, w: 24, h: 1 },
        panels: [chart('A', 1), chart('B', 1, 12)],
      },
      { type: 'row', title: 'Open', collapsed: false, gridPos: { x: 0, y: 1, w: 24, h: 1 }, panels: [] },
      chart('C', 2),
    ],
  });
  assert.deepEqual(
    board.panels.map(({ title, place: { x, y } }) => [title, x, y]),
    [
      ['Closed', 0, 0],
      ['A', 0, 1],
      ['B', 6, 1],
      ['Open', 0, 9],
      ['C', 0, 10],
    ],
  );
  const old = read({
    schemaVersion: 14,
    rows: [
      {
        title: 'Old',
        height: '250px',
        panels: [
          { ...chart('D', 0), span: 8 },
          { ...chart('E', 0), type: 'graph', span: 8, stack: true },
        ],
      },
    ],
  }).board;
  assert.deepEqual(
    old.panels.map(({ title, place: { x, y, w } }) => [title, x, y, w]),
    [
      ['Old', 0, 0, 12],
      ['D', 0, 1, 8],
      ['E', 0, 8, 8],
    ],
  );
});

test('reads its own boards back, and rejects other files', () => {
  const dashboard = read({ title: 'X', panels: [{ type: 'text', options: { content: 'x' } }] });
  const file = JSON.stringify({ kind: 'otelier board', name: 'Mine', ...dashboard.board });
  assert.deepEqual(readBoardFile(file, 'x.json'), { name: 'Mine', board: dashboard.board, report: [] });
  for (const [text, message] of [
    ['{', /x\.json: expected JSON/],
    ['[]', /x\.json: expected a board of otelier or a dashboard of Grafana/],
    ['{"apiVersion":"dashboard.grafana.app/v2beta1","spec":{}}', /schema v2/],
    ['{"kind":"otelier board","version":9}', /version: this page reads/],
    [
      JSON.stringify({ panels: [{ type: 'text', options: { content: 'x'.repeat(100_001) } }] }),
      /text: expected at most 100000/,
    ],
  ] as const) {
    assert.throws(() => readBoardFile(text, 'x.json'), { name: 'BoardError', message });
  }
});

test('imports the dashboards that otelier provides for Grafana completely', () => {
  const directory = join(import.meta.dirname, '../../../../../../../deploy/grafana/dashboards');
  for (const file of readdirSync(directory)) {
    const text = readFileSync(join(directory, file), 'utf8');
    const dashboard = JSON.parse(text) as { readonly panels: readonly unknown[] };
    const { board, report } = readBoardFile(text, file);
    assert.deepEqual(readBoard(JSON.parse(JSON.stringify(board))), board, file);
    assert.equal(board.panels.length, dashboard.panels.length, `${file}: ${JSON.stringify(report)}`);
  }
});
