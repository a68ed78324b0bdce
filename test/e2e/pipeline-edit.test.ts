import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { findViolations } from '@otelier/testkit/accessibility';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { startOtelier } from '../../packages/collector/src/cli/otelier.testing.ts';

const TOKEN = 'a-token-of-the-workbench';
const EDIT_TOKEN = 'another-token-for-edits';
const config = `receivers:
  generator: {traces_per_second: 40}
processors:
  batch:
    timeout: 200ms
exporters:
  store: {directory: STORE}
extensions:
  workbench: {endpoint: 127.0.0.1:0, token: ${TOKEN}, edit_token: ${EDIT_TOKEN}}
service:
  extensions: [workbench]
  pipelines:
    traces: {receivers: [generator], processors: [batch], exporters: [store]}
`;

const directory = await realpath(await mkdtemp(join(tmpdir(), 'otelier-page-edit-')));
const file = join(directory, 'otelier.yaml');
const written = config.replace('STORE', join(directory, 'store'));
await writeFile(file, written);
const otelier = await startOtelier(['--config', file]);
const browser = await launchBrowser();
after(async () => {
  await browser.close();
  await otelier.stop();
  await rm(directory, { recursive: true, force: true });
});

test('edits, dry-runs, applies and rolls back in the page, in both themes and without violations', async () => {
  const { page, errors } = await openPage(browser, { reducedMotion: 'reduce' });
  page.setDefaultTimeout(120_000);
  const url = `${otelier.address('Page and API')}/pipeline`;
  const axe = async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const violations = await findViolations(page, { only: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
        [],
      );
    }
  };
  await page.goto(`${url}?token=${TOKEN}`);
  await page.getByRole('tab', { name: 'Edit' }).waitFor();
  await page.keyboard.press('e');
  await page.getByLabel('Token for edits').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByText('This token is wrong.').waitFor();
  await page.getByLabel('Token for edits').fill(EDIT_TOKEN);
  await page.keyboard.press('Enter');
  const content = page.locator('.cm-content');
  await content.waitFor();
  assert.match((await content.textContent()) ?? '', /token: "\[REDACTED extensions\.workbench\.token\]"/);
  assert.ok(!(await page.content()).includes(EDIT_TOKEN));

  // A mistake, at its place and with its repair.
  await page.locator('.cm-line', { hasText: 'timeout' }).click();
  await page.keyboard.press('End');
  for (let count = 0; count < 5; count++) await page.keyboard.press('Backspace');
  await page.keyboard.type('10 seconds');
  await page.getByRole('button', { name: 'Write 10s' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Apply/ }).isDisabled(), true);
  await page.getByRole('button', { name: /1 problem, line 5/ }).waitFor();
  await axe();
  await page.reload();
  await page.getByRole('button', { name: 'Write 10s' }).click();
  const graph = page.getByRole('group', { name: 'Pipelines of the draft' });
  await graph.getByText('restarts').waitFor();

  // The first key may only close the completions.
  while (await page.locator('.cm-content:focus').isVisible()) await page.keyboard.press('Escape');
  await page.keyboard.press('d');
  await page.getByRole('row', { name: /^Unaccounted 0 0/ }).waitFor();
  await axe();
  await page.keyboard.press('Control+s');
  await page.getByText('Revision 2 runs.').waitFor();
  assert.match(
    await readFile(file, 'utf8'),
    new RegExp(`timeout: 10s[\\s\\S]*token: ${TOKEN}, edit_token: ${EDIT_TOKEN}`),
  );
  await page.getByRole('button', { name: 'Compare 1' }).click();
  await page.waitForURL(/compare=1/);
  await page.getByText('revision 1, compared with').waitFor();
  await axe();
  await page.getByRole('button', { name: 'Compare 1' }).click();
  await page.getByRole('button', { name: 'Roll back to 1' }).click();
  await page.getByText('Revision 3 runs.').waitFor();
  assert.equal(await readFile(file, 'utf8'), written);
  await page.setViewportSize({ width: 420, height: 800 });
  await page.locator('.cm-content[contenteditable="false"]').waitFor();
  // The browser reports the wrong token.
  assert.deepEqual(
    errors.filter((error) => !error.includes('401')),
    [],
  );
});

test('a rule that was tried on stored spans is inserted, applied, and acts', async () => {
  const { page, errors } = await openPage(browser);
  page.setDefaultTimeout(120_000);
  const url = otelier.address('Page and API');
  await page.goto(`${url}/cost?tab=attributes&row=traces+http.route&token=${TOKEN}`);
  const panel = page.getByRole('complementary', { name: 'Rule' });
  await panel.getByRole('radio', { name: 'Delete the attribute' }).waitFor();
  await panel.getByRole('button', { name: /^Insert into the configuration/ }).click();
  await panel.getByLabel('Token for edits').fill('wrong');
  await page.keyboard.press('Enter');
  await panel.getByText('This token is wrong.').waitFor();
  await panel.getByLabel('Token for edits').fill(EDIT_TOKEN);
  await page.keyboard.press('Enter');

  await page.waitForURL(/\/pipeline\?.*edit=pipeline/);
  const graph = page.getByRole('group', { name: 'Pipelines of the draft' });
  await graph.getByText('attributes/no_http_route').waitFor();
  await graph.getByText('added').waitFor();
  await page.getByText('against revision').waitFor();
  await page.keyboard.press('d');
  await page.getByRole('row', { name: /^Unaccounted 0 0/ }).waitFor();
  await page.keyboard.press('Control+s');
  await page.getByText(/^Revision \d+ runs\.$/).waitFor();
  await page.getByText('lines, not applied').waitFor({ state: 'detached' });
  const text = await readFile(file, 'utf8');
  assert.match(text, /processors:\n {2}batch:\n {4}timeout: 200ms\n {2}attributes\/no_http_route:\n {4}actions:\n/);
  assert.match(text, /processors: \[attributes\/no_http_route, batch\]/);

  // Of the spans that start from now on, none has the attribute.
  const start = Date.now();
  const read = async (path: string) => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    return (await response.json()) as { readonly traces: readonly object[] };
  };
  const range = `start=${start}&end=${start + 3_600_000}`;
  while ((await read(`/traces?${range}&limit=5`)).traces.length < 5) await setTimeout(200);
  assert.deepEqual((await read(`/traces?${range}&where=attributes.http.route+exists`)).traces, []);
  assert.ok((await read(`/traces?start=0&end=${start}&where=attributes.http.route+exists`)).traces.length > 0);
  assert.deepEqual(
    errors.filter((error) => !error.includes('401')),
    [],
  );
});

test('a profile of the running process is recorded and drawn, with its components', async () => {
  const { page, errors } = await openPage(browser);
  page.setDefaultTimeout(120_000);
  await page.goto(`${otelier.address('Page and API')}/health?tab=cpu&token=${TOKEN}`);
  const pane = page.getByRole('region', { name: 'Profile' });
  await pane.getByRole('radio', { name: '5 s', exact: true }).click();
  await page.keyboard.press('p');
  await pane.getByLabel('Token for edits').fill(EDIT_TOKEN);
  await page.keyboard.press('Enter');
  await pane.getByRole('tree', { name: 'Functions as a flame graph' }).waitFor();
  await pane.getByRole('button', { name: 'receivers/generator' }).click();
  await pane.getByText(/^[\d.]+ m?s of CPU time in /).waitFor();
  assert.deepEqual(errors, []);
});
