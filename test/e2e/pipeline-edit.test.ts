import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
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
  nop: {}
extensions:
  workbench: {endpoint: 127.0.0.1:0, token: ${TOKEN}, edit_token: ${EDIT_TOKEN}}
service:
  extensions: [workbench]
  pipelines:
    traces: {receivers: [generator], processors: [batch], exporters: [nop]}
`;

const directory = await realpath(await mkdtemp(join(tmpdir(), 'otelier-page-edit-')));
const file = join(directory, 'otelier.yaml');
await writeFile(file, config);
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
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        .analyze();
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

  await page.keyboard.press('Escape');
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
  await page.getByText('revision 1 against 2').waitFor();
  await page.getByRole('button', { name: 'Compare 1' }).click();
  await page.getByRole('button', { name: 'Roll back to 1' }).click();
  await page.getByText('Revision 3 runs.').waitFor();
  assert.equal(await readFile(file, 'utf8'), config);
  await page.setViewportSize({ width: 420, height: 800 });
  await page.locator('.cm-content[contenteditable="false"]').waitFor();
  // The browser reports the wrong token.
  assert.deepEqual(
    errors.filter((error) => !error.includes('401')),
    [],
  );
});
