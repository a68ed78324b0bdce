import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';

const views = await startViewTest();
const shop = await views.serve();
const { page, errors } = await views.open(shop, '/health?last=15m', {
  permissions: ['clipboard-read', 'clipboard-write'],
});

test('the past of the process is drawn on the time axis of the page, with its reloads', async () => {
  const cpu = page.getByRole('region', { name: 'CPU' });
  await cpu.getByRole('img', { name: 'CPU' }).waitFor();
  await cpu.getByText('reload processors/batch').waitFor();
  await page.getByRole('region', { name: 'Memory' }).getByText('heap 30.0 MB, total 142 MB').waitFor();
  const queues = page.getByRole('region', { name: 'Queues' });
  await queues.getByRole('button', { name: /^Show as table/ }).press('Enter');
  await queues.getByRole('columnheader', { name: 'otlp_http/upstream' }).waitFor();
  await queues.getByRole('cell', { name: '29 %' }).first().waitFor();
});

test('findings have their evidence and a remedy to copy, also by key', async () => {
  const doctor = page.getByRole('region', { name: 'Doctor' });
  await doctor.getByText('1 error', { exact: true }).waitFor();
  await doctor.getByText('the destination responds with 503').waitFor();
  await page.locator('body').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('j');
  await doctor.locator('.he-finding.sel').getByText('service shipping').waitFor();
  await page.keyboard.press('y');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'chronyc makestep');
});

test('shows disk, certificates and senders, and marks what needs a hand', async () => {
  const disk = page.getByRole('region', { name: 'Disk and retention' });
  await disk.getByText('now 3.1 GB').waitFor();
  await disk.getByText('keeping 14 d: 7.2 GB').waitFor();
  const certificates = page.getByRole('region', { name: 'Certificates' });
  await certificates
    .locator('td.warn')
    .getByText(/^(10 d 23 h|11 d)$/)
    .waitFor();
  const senders = page.getByRole('region', { name: 'Senders' });
  await senders.getByRole('row', { name: /^shipping rust 0\.31\.0 2 / }).waitFor();
  await senders.locator('td.warn').getByText('service.instance.id').waitFor();
  await senders.locator('td.warn').getByText('−94 s').waitFor();
});

test('errors stay in their pane, and the checks run again by key', async () => {
  shop.fail(/doctor/, 500, 'internal', 'a check failed');
  await page.keyboard.press('r');
  const doctor = page.getByRole('region', { name: 'Doctor' });
  await doctor.getByText('a check failed').waitFor();
  await page.getByRole('img', { name: 'CPU' }).waitFor();
  shop.fail(undefined);
  await doctor.getByRole('button', { name: 'Try again' }).click();
  await doctor.getByText('1 error', { exact: true }).waitFor();
  assert.deepEqual(
    errors.filter((error) => !/500/.test(error)),
    [],
  );
});
