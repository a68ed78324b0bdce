import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { findViolations } from '@otelier/testkit/accessibility';
import { startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';

const EDIT_TOKEN = 'a-token-for-edits';
const CONFIG = `
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}
  generator: {traces_per_second: 5}
processors:
  filter: {error_mode: ignore, trace_conditions: ['span.name == "SELECT products"']}
  attributes: {actions: [{key: stamped, action: insert, value: yes}, {key: service.peer, action: delete}]}
exporters: {nop: {}}
extensions: {workbench: {endpoint: 127.0.0.1:0, edit_token: ${EDIT_TOKEN}}}
service:
  extensions: [workbench]
  pipelines: {traces: {receivers: [otlp, generator], processors: [filter, attributes], exporters: [nop]}}`;

const gateway = await startGateway({ after }, { config: [CONFIG] });
const open = await startBrowser();
const { page, errors } = await open(gateway, '/pipeline', { viewport: { width: 1440, height: 900 } });
const items = page.getByRole('region', { name: 'Tapped items' });
const values = page.getByRole('list', { name: 'Values' });

async function violations(): Promise<readonly string[]> {
  const found = await findViolations(page, { only: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

test('a click on an edge taps it and shows what the component before it changed', async () => {
  const graph = page.getByRole('group', { name: 'Running pipeline' });
  await graph.getByRole('button', { name: /^processor:traces\/attributes to exporter:nop/ }).click();
  await page.waitForURL(/tap=processor/);
  await items.getByRole('row').nth(3).waitFor();
  await values.getByText('added stamped').waitFor();
  const filter = page.getByRole('region', { name: 'Filter' });
  await filter.getByRole('heading', { name: 'Changed by attributes' }).waitFor();
  await page.getByText('balances', { exact: true }).nth(2).waitFor();
  const own = page.getByRole('table', { name: 'Balance of This tap' });
  await own.getByRole('row', { name: /^Passed the edge [\d.]+ [1-9]/ }).waitFor();
  await page
    .getByRole('table', { name: 'Balance of attributes' })
    .getByRole('row', { name: /^Unaccounted +0/ })
    .waitFor();
});

test('a key filters the items, and an invalid condition says why', async () => {
  const filter = page.getByRole('region', { name: 'Filter' });
  await filter.getByRole('button', { name: 'db.system.name' }).click();
  await page.waitForURL(/filter=/);
  await page
    .getByRole('table', { name: 'Balance of This tap' })
    .getByRole('row', { name: /^did not match the filter [\d.]+ [1-9]/ })
    .waitFor();
  await values.getByText('db.system.name').first().waitFor();
  await page.keyboard.press('f');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('nam == ');
  await page.keyboard.press('Enter');
  await filter
    .getByRole('alert')
    .getByText(/^where: /)
    .waitFor();
  await page.goBack();
  await items.getByRole('row').nth(1).waitFor();
});

test('plain values need the token for edits', async () => {
  const filter = page.getByRole('region', { name: 'Filter' });
  const give = async (token: string): Promise<void> => {
    await filter.getByLabel('Token for edits').fill(token);
    await filter.getByRole('button', { name: 'Show values' }).click();
  };
  await page.locator('body').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('m');
  await page.waitForURL(/values=plain/);
  await give('another-token');
  await filter.getByText('This token is wrong.').waitFor();
  assert.deepEqual(await violations(), []);
  await give(EDIT_TOKEN);
  await filter.getByLabel('Token for edits').waitFor({ state: 'detached' });
  await items.getByRole('row').nth(1).waitFor();
  await page.locator('body').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('m');
  await page.waitForURL((url) => !url.searchParams.has('values'));
  await items.getByRole('row').nth(1).waitFor();
});

test('the list holds while the page is paused, and counts what waits', async () => {
  await page.mouse.move(2, 2);
  await page.keyboard.press('Space');
  await page.waitForURL(/at=/);
  await items.getByText(/ held, newest first, [\d,]+ wait/).waitFor();
  const first = await items.getByRole('row').nth(1).textContent();
  await page.keyboard.press('j');
  assert.equal(await items.getByRole('row').nth(1).textContent(), first);
  await items.locator('tr[aria-selected=true]').first().waitFor();
  // The space bar would press the button of the row, which has the focus.
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.waitForURL((url) => !url.searchParams.has('at'));
  await items.getByText(/ held, newest first$/).waitFor();
});

test('has no violations of accessibility rules in both themes', async () => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(), [], colorScheme);
  }
});

test('keys choose an edge, tap it, go to the next one, and end the tap', async () => {
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('tap') && url.searchParams.has('edge'));
  await page.keyboard.press('t');
  await page.waitForURL(/tap=/);
  const before = page.url();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL((url) => url.searchParams.has('tap') && url.href !== before);
  await page.goto(`${gateway.url}/pipeline?tap=constructor&filter=<b>&take=x&values=x`);
  await page.getByText('This edge does not exist').waitFor();
  assert.deepEqual(
    errors.filter((error) => !/status of 40[013]/.test(error)),
    [],
  );
});
