import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startViewTest } from '../../../dev/view-test.ts';
import { type Panel, queryPanel } from './model/board.ts';

const views = await startViewTest();
const shop = await views.serve();

const place = (x: number, y: number, w = 6, h = 6) => ({ x, y, w, h });
const promql = (text: string, more: Parameters<typeof queryPanel>[0] | object = {}) =>
  queryPanel({ language: 'promql', queries: [{ text }], ...more });
const panelNamed = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

/** Saves a document as any client of the API can. */
async function save(id: string, content: unknown, revision = 0): Promise<void> {
  const response = await fetch(`${shop.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'board', id, name: id, content, revision }),
  });
  assert.equal(response.status, 200);
}

const board = (panels: readonly Panel[], variables: readonly object[] = []) => ({ version: 1, variables, panels });

test('creates a board, adds panels by keyboard, arranges them, undoes and saves', async () => {
  const { page, errors, close } = await views.open(shop, '/boards?last=15m');
  await page.getByRole('heading', { name: 'No board yet' }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('textbox', { name: 'Name' }).fill('Payment watch');
  await page.keyboard.press('Enter');
  await page.waitForURL(/board=payment-watch/);
  await page.getByRole('heading', { name: 'The board has no panels' }).waitFor();
  for (const [kind, title] of [
    ['Requests', 'Calls'],
    ['Log records', 'Records'],
  ] as const) {
    await page.keyboard.press('a');
    await page.getByRole('button', { name: new RegExp(`^${kind}`) }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill(title);
    await page.keyboard.press('Enter');
    await panelNamed(page, title).getByRole('img').waitFor();
  }
  // The second panel is beside the first; Shift and an arrow make it narrower, an arrow alone moves it.
  await panelNamed(page, 'Records').focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('ArrowRight');
  await page.getByText('4 unsaved changes').waitFor();
  const placeOf = () =>
    panelNamed(page, 'Records').evaluate((one: HTMLElement) => one.style.getPropertyValue('--column'));
  assert.equal(await placeOf(), '8 / span 5');
  await page.keyboard.press('Control+z');
  await page.getByText('3 unsaved changes').waitFor();
  assert.equal(await placeOf(), '7 / span 5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('unsaved').waitFor({ state: 'detached' });
  await page.reload();
  await panelNamed(page, 'Records').getByRole('img').waitFor();
  assert.equal(await placeOf(), '7 / span 5');
  assert.deepEqual(errors, []);
  await close();
});

test('moves a panel and drags its edge with the pointer', async () => {
  await save('drag', board([{ id: 'a', title: 'A', place: place(0, 0), kind: 'text', text: 'a' }]));
  const { page, close } = await views.open(shop, '/boards?board=drag&edit=board');
  const panel = panelNamed(page, 'A');
  const box = async () => (await panel.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const before = await box();
  const drag = async (x: number, y: number, dx: number, dy: number): Promise<void> => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + dx / 2, y + dy / 2);
    await page.mouse.move(x + dx, y + dy);
    await page.mouse.up();
  };
  const column = before.width / 6;
  await drag(before.x + before.width, before.y + before.height / 2, column * 2, 0);
  await page.waitForFunction(
    () => document.querySelector<HTMLElement>('.bo-panel')?.style.getPropertyValue('--column') === '1 / span 8',
  );
  await drag(before.x + 100, before.y + 12, column * 3, 0);
  await page.waitForFunction(
    () => document.querySelector<HTMLElement>('.bo-panel')?.style.getPropertyValue('--column') === '4 / span 8',
  );
  await close();
});

test('shows the forms of results, fills the view with one, and compares with an earlier period', async () => {
  const shapes = ['lines', 'stacked', 'bars', 'stat', 'gauge', 'table'] as const;
  await save(
    'shapes',
    board([
      ...shapes.map((shape, index) => ({
        id: shape,
        title: shape,
        place: place((index % 2) * 6, Math.floor(index / 2) * 6),
        ...promql('rate(x[5m])', { shape, unit: 's', thresholds: [{ value: 2, level: 'warn' }], limits: true }),
      })),
      {
        id: 'heat',
        title: 'heat',
        place: place(0, 18),
        ...promql('sum by (le) (rate(x_bucket[5m]))', { shape: 'heat' }),
      },
      {
        id: 'list',
        title: 'list',
        place: place(6, 18),
        ...queryPanel({ language: 'logql', queries: [{ text: '{app="x"}' }], shape: 'list' }),
      },
      { id: 'row', title: 'More', place: place(0, 24, 12, 1), kind: 'row', collapsed: true },
      {
        id: 'note',
        title: 'Note',
        place: place(0, 25),
        kind: 'text',
        text: '# Head\n\n- **one** [two](https://example.com)',
      },
    ]),
  );
  const { page, errors, close } = await views.open(shop, '/boards?board=shapes&last=15m');
  for (const shape of ['lines', 'stacked', 'bars']) {
    await panelNamed(page, shape).getByRole('list', { name: 'Series' }).getByText('2.8.1').waitFor();
  }
  await panelNamed(page, 'stat').getByText('2.8.1').waitFor();
  await panelNamed(page, 'gauge').getByText('2.8.1').waitFor();
  await panelNamed(page, 'table').getByRole('cell', { name: '2.8.1' }).waitFor();
  await panelNamed(page, 'heat').scrollIntoViewIfNeeded();
  await panelNamed(page, 'heat')
    .getByRole('img', { name: /^Distribution of heat/ })
    .waitFor();
  await panelNamed(page, 'list')
    .getByRole('link', { name: /^Open trace/ })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await panelNamed(page, 'Note').scrollIntoViewIfNeeded();
  await panelNamed(page, 'Note').getByRole('link', { name: 'two' }).waitFor();
  await page.getByRole('combobox', { name: 'compare with' }).selectOption('1d');
  await page.waitForURL(/previous=1d/);
  await panelNamed(page, 'lines').scrollIntoViewIfNeeded();
  await panelNamed(page, 'lines').focus();
  await page.keyboard.press('f');
  await page.waitForURL(/panel=lines/);
  assert.equal(await page.locator('.bo-grid').count(), 0);
  await page.keyboard.press('Escape');
  await panelNamed(page, 'stacked').waitFor();
  await panelNamed(page, 'lines').hover();
  await panelNamed(page, 'lines').getByRole('link', { name: 'Open lines in Query' }).click();
  await page.waitForURL(/\/query\?.*lang=promql/);
  assert.deepEqual(errors, []);
  await close();
});

test('an exemplar of a quantile opens its trace', async () => {
  const quantile = promql('histogram_quantile(0.95, sum by (service_version, le) (rate(x_bucket[5m])))', { unit: 's' });
  const rate = promql('rate(x_bucket[5m])');
  await save(
    'exemplars',
    board([
      { id: 'a', title: 'Quantile', place: place(0, 0), ...quantile },
      { id: 'b', title: 'Rate', place: place(6, 0), ...rate },
    ]),
  );
  const { page, errors, close } = await views.open(shop, '/boards?board=exemplars&last=15m');
  const exemplar = panelNamed(page, 'Quantile').getByRole('link', { name: /^Exemplar of 2\.5.* open its trace$/ });
  await exemplar.first().waitFor();
  await panelNamed(page, 'Rate').getByRole('list', { name: 'Series' }).waitFor();
  assert.equal(
    await panelNamed(page, 'Rate')
      .getByRole('link', { name: /^Exemplar/ })
      .count(),
    0,
  );
  await exemplar.first().focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/traces\?.*trace=[0-9a-f]{32}/);
  await page.getByRole('tree', { name: 'Spans' }).waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('variables come from the store, are in the URL, and reach the queries', async () => {
  const variables = [
    { name: 'version', source: { from: 'metrics', label: 'service_version' }, multi: true, all: true },
    { name: 'find', label: 'text', source: { from: 'text' } },
  ];
  const panels: readonly Panel[] = [
    { id: 'a', title: 'A', place: place(0, 0), ...promql('rate(x{version=~"$version"}[5m])') },
  ];
  await save('variables', board(panels, variables));
  const { page, close } = await views.open(shop, '/boards?board=variables&last=15m');
  const sent = (part: RegExp) => page.waitForRequest((request) => part.test(decodeURIComponent(request.url())));
  const request = sent(/query_range.*version=~"\(service_version\|payment\)"/);
  await page.getByRole('button', { name: 'version All' }).click();
  await page.getByRole('button', { name: 'service_version' }).click();
  await page.getByRole('button', { name: 'payment', exact: true }).click();
  await request;
  await page.waitForURL(/var=version%3Dservice_version&var=version%3Dpayment/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'text none' }).click();
  await page.getByRole('textbox', { name: 'Value of text' }).fill('a b');
  await page.keyboard.press('Enter');
  await page.waitForURL(/var=find%3Da\+b/);
  await close();
});

test('edits variables, and a panel with completion of its query', async () => {
  await save('edited', board([{ id: 'a', title: 'A', place: place(0, 0), ...promql('up') }]));
  const { page, errors, close } = await views.open(shop, '/boards?board=edited&edit=board&last=15m');
  await panelNamed(page, 'A').waitFor();
  await page.keyboard.press('v');
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByRole('textbox', { name: 'Name' }).last().fill('a b');
  await page.getByRole('alert').getByText('expected letters, digits and underscores').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).last().fill('env');
  await page.getByRole('combobox', { name: 'Values from' }).selectOption('list');
  await page.getByRole('textbox', { name: 'Values' }).fill('live, test');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'env All' }).waitFor();
  await panelNamed(page, 'A').focus();
  await page.keyboard.press('Enter');
  const editor = page.getByRole('textbox', { name: 'PromQL query A' });
  await editor.click();
  await page.waitForFunction(() => document.activeElement?.matches('[data-typing] *, [data-typing]'));
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('payment_dec');
  await page.getByRole('option', { name: /payment_declined_total/ }).waitFor();
  await page.keyboard.press('Tab');
  await page.getByRole('combobox', { name: 'Form' }).selectOption('stat');
  await page.getByRole('textbox', { name: 'Unit' }).fill('s');
  const sent = page.waitForRequest((request) => /query_range\?query=payment_declined_total/.test(request.url()));
  await page.getByRole('button', { name: 'Apply' }).click();
  await sent;
  await panelNamed(page, 'A').getByRole('list', { name: 'Values' }).waitFor();
  await page.getByText('2 unsaved changes').waitFor();
  // They are still there after another view was open.
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('table', { name: 'Series' }).waitFor();
  await page.goBack();
  await page.getByText('2 unsaved changes').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('pins charts of other views to a board', async () => {
  const { page, errors, close } = await views.open(shop, '/metrics?last=15m&metric=payment.declined&by=payment.method');
  await page.getByRole('table', { name: 'Series' }).waitFor();
  await page.keyboard.press('p');
  await page.getByRole('combobox', { name: 'Board' }).selectOption({ label: 'New board' });
  await page.getByRole('textbox', { name: 'Name of the board' }).fill('Pinned');
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByText('Pinned.').waitFor();
  for (const [path, name] of [
    ['/?last=15m', 'Pin Requests to a board'],
    ['/logs?last=15m&text=charge', 'Pin Log records to a board'],
    ['/services/payment?last=15m', 'Pin Durations of payment to a board'],
    ['/query?last=15m&query=SELECT+1', 'Pin SELECT 1 to a board'],
  ] as const) {
    await page.goto(shop.url + path);
    await page.getByRole('button', { name }).click();
    await page.getByRole('combobox', { name: 'Board' }).selectOption('pinned');
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByText('Pinned.').waitFor();
  }
  await page.getByRole('link', { name: 'Open the board' }).click();
  for (const name of ['payment.declined, rate by payment.method', 'Requests', 'Log records']) {
    await panelNamed(page, name).getByRole('img').first().waitFor();
  }
  for (const name of ['Durations of payment', 'SELECT 1']) {
    await panelNamed(page, name).scrollIntoViewIfNeeded();
    await panelNamed(page, name).getByRole('img').first().waitFor();
  }
  assert.deepEqual(errors, []);
  await close();
});

test('imports a dashboard of Grafana with a report, and exports the board', async () => {
  const { page, errors, close } = await views.open(shop, '/boards');
  const dashboard = {
    title: 'From Grafana',
    schemaVersion: 39,
    panels: [
      { type: 'timeseries', title: 'Rate', gridPos: { x: 0, y: 0, w: 12, h: 8 }, targets: [{ expr: 'rate(x[5m])' }] },
      { type: 'geomap', title: 'World', targets: [{ expr: 'x' }] },
    ],
  };
  const importFile = async (name: string, content: string): Promise<void> => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: 'Import', exact: false }).click(),
    ]);
    await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
  };
  await importFile('broken.json', '{');
  await page.getByRole('alert').getByText('broken.json: expected JSON').waitFor();
  await importFile('grafana.json', JSON.stringify(dashboard));
  await page.waitForURL(/board=from-grafana/);
  await page.getByText('Panels of the type “geomap”').waitFor();
  await page.getByRole('region', { name: 'Import' }).getByRole('button', { name: 'Close' }).click();
  await panelNamed(page, 'Rate').getByRole('img').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  const exported = await readFile(await download.path(), 'utf8');
  await page.goto(`${shop.url}/boards`);
  await importFile('again.json', exported);
  await page.waitForURL(/board=from-grafana-2/);
  await panelNamed(page, 'Rate').getByRole('img').waitFor();
  assert.deepEqual(errors, []);
  await close();
});

test('explains a missing board, one of another version, and a save over the changes of someone else', async () => {
  const missing = await views.open(shop, '/boards?board=gone');
  await missing.page.getByRole('heading', { name: 'There is no such board' }).waitFor();
  await missing.page.getByRole('button', { name: 'All boards' }).click();
  await missing.page.getByRole('table', { name: 'Boards' }).waitFor();
  await missing.close();
  await save('newer', { version: 2, panels: [] });
  await save(
    'odd',
    board([{ id: 'a', title: 'A', place: place(0, 0), kind: '<img src=x onerror=alert(1)>' } as never]),
  );
  for (const [id, message] of [
    ['newer', 'which a newer otelier has written'],
    ['odd', 'panels[0].kind: expected query'],
  ] as const) {
    const { page, errors, close } = await views.open(shop, `/boards?board=${id}`);
    await page.getByRole('heading', { name: `“${id}” cannot be shown` }).waitFor();
    await page.getByText(message).waitFor();
    await page.getByRole('button', { name: 'Download the document' }).waitFor();
    assert.deepEqual(errors, []);
    await close();
  }
  await save('shared', board([{ id: 'a', title: 'A', place: place(0, 0), kind: 'text', text: 'a' }]));
  const { page, close } = await views.open(shop, '/boards?board=shared&edit=board');
  await page.getByRole('button', { name: 'Remove A' }).click();
  await save('shared', board([]), 1);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('alert').getByText('Someone else has saved this board').waitFor();
  await page.getByRole('button', { name: 'Save as a copy' }).click();
  await page.waitForURL(/board=shared-copy/);
  await close();
});

test('shows hostile texts as they are, many panels, and the error of one panel beside the others', async () => {
  const hostile = '<img src=x onerror="window.hacked=1">';
  await save(
    'hostile',
    board(
      [
        { id: 'a', title: hostile, place: place(0, 0), ...promql('hostile') },
        {
          id: 'b',
          title: '\u202Egnp.exe',
          place: place(6, 0),
          kind: 'text',
          text: `${hostile}\n[x](javascript:alert(1))`,
        },
        { id: 'c', title: 'Broken', place: place(0, 6), ...promql('rate(x[5m]') },
        ...Array.from({ length: 400 }, (_, index) => ({
          id: `m${index}`,
          title: `Panel ${index}`,
          place: place((index % 4) * 3, 12 + Math.floor(index / 4), 3, 3),
          ...promql('rate(x[5m])', { shape: 'stat' }),
        })),
      ],
      [{ name: 'x', label: hostile, source: { from: 'list', values: [hostile] } }],
    ),
  );
  const { page, errors, close } = await views.open(shop, '/boards?board=hostile&last=15m');
  await panelNamed(page, 'Broken').getByText('unclosed left parenthesis').waitFor();
  await panelNamed(page, 'Broken').getByRole('button', { name: 'Try again' }).waitFor();
  await page.getByRole('heading', { name: hostile }).waitFor();
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.ok((await page.locator('.bo-stats').count()) < 60, 'only panels in sight send queries');
  await panelNamed(page, 'Panel 399').scrollIntoViewIfNeeded();
  await panelNamed(page, 'Panel 399').getByRole('list', { name: 'Values' }).waitFor();
  assert.deepEqual(
    errors.filter((error) => !error.includes('400')),
    [],
  );
  await close();
});
