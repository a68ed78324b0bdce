import type { Page } from 'playwright-core';

/** A picture of the page. */
export interface Picture {
  /** `RANGE` stands for the range around an incident. */
  readonly path: string;
  /** What is done after the page is drawn. */
  readonly steps?: (
    page: Page,
    context: { readonly draft: readonly (readonly [from: string, to: string])[] },
  ) => Promise<void>;
}

const SQL =
  "SELECT $__timeGroup(start_time) AS time, service_name, count(*) AS spans, count(*) FILTER (status_code = 'ERROR') AS errors FROM spans WHERE $__timeFilter(start_time) GROUP BY ALL ORDER BY time";
const FAILED = 'where=name+%3D+gateway.charge&where=status+%3D+error';

/** The pictures by the names of their files. */
export const PICTURES: Readonly<Record<string, Picture>> = {
  overview: { path: '/?last=1h' },
  traces: { path: `/traces?RANGE` },
  trace: {
    path: `/traces?RANGE&${FAILED}&path=critical`,
    async steps(page) {
      await page.getByRole('table', { name: 'Traces found' }).getByRole('row').nth(1).click();
      await page
        .getByRole('tree', { name: 'Spans', exact: true })
        .getByRole('treeitem', { name: /^gateway.charge/ })
        .click();
    },
  },
  compare: { path: '/traces?RANGE&compare=groups&select=status+%3D+error' },
  'compare-two': {
    path: '/traces?RANGE&where=name+%3D+%22POST+/api/checkout%22&order=duration',
    async steps(page) {
      const rows = page.getByRole('table', { name: 'Traces found' }).locator('tbody tr');
      await rows.nth(1).waitFor();
      const ids = await page.evaluate(async (search) => {
        const params = new URLSearchParams(search);
        const where = 'where=name+%3D+%22POST+/api/checkout%22';
        const range = `start=${params.get('from')}&end=${params.get('to')}`;
        const list = async (more: string) =>
          (
            (await (await fetch(`/api/v1/traces?${range}&${where}&limit=1${more}`)).json()) as {
              traces: { traceId: string }[];
            }
          ).traces[0]?.traceId;
        return [await list('&where=status+%3D+error'), await list('&where=status+!%3D+error')];
      }, page.url().split('?')[1] ?? '');
      const url = new URL(page.url());
      url.search = `?from=${url.searchParams.get('from')}&to=${url.searchParams.get('to')}&compare=two&a=${ids[1]}&b=${ids[0]}`;
      await page.goto(url.href);
      await page.locator('.two-row[role]').first().waitFor();
    },
  },
  'log-records': {
    path: '/logs?RANGE&where=severity+%3E%3D+warn',
    async steps(page) {
      await page.locator('.lo-main').nth(2).click();
    },
  },
  logs: {
    path: '/logs?RANGE&tab=patterns',
    async steps(page) {
      await page.locator('.lo-pattern[aria-expanded]').nth(1).click();
    },
  },
  metrics: { path: '/metrics?RANGE&metric=http.server.request.duration&by=service&agg=p95&agg=p50' },
  board: { path: '/boards?RANGE&board=shop' },
  errors: { path: '/errors?RANGE' },
  map: { path: '/map?RANGE&node=service+payment&hops=2' },
  service: { path: '/services/payment?RANGE' },
  pipeline: { path: '/pipeline' },
  tap: {
    path: '/pipeline?tap=processor:traces/sampled/redaction%3Eprocessor:traces/sampled/tail_sampling',
    async steps(page) {
      if ((await page.getByRole('region', { name: 'Tapped items' }).count()) === 0) {
        await page.goto(new URL('/pipeline', page.url()).href);
        await page
          .getByRole('button', { name: /redaction to .*tail_sampling/ })
          .first()
          .click();
      }
      const items = page.getByRole('region', { name: 'Tapped items' });
      await page
        .getByRole('table', { name: 'Balance of redaction' })
        .getByRole('row', { name: /^In [\d.]+ [1-9]\d\d/ })
        .waitFor();
      await items
        .getByRole('row', { name: / 2 of / })
        .first()
        .click();
    },
  },
  'pipeline-edit': {
    path: '/pipeline?edit=pipeline',
    async steps(page, { draft }) {
      await page.locator('.cm-content').waitFor();
      const text = await page.evaluate(async () => {
        const response = await fetch('/api/v1/config/text');
        return ((await response.json()) as { readonly text: string }).text;
      });
      const changed = draft.reduce((all, [from, to]) => all.replace(from, to), text);
      await page.locator('.cm-content').click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(changed);
      await page.keyboard.press('ControlOrMeta+Home');
      await page.getByRole('button', { name: /^Run/ }).click();
      await page.getByRole('heading', { name: 'Items that differ' }).waitFor();
    },
  },
  cost: { path: '/cost?RANGE' },
  query: { path: `/query?RANGE&query=${encodeURIComponent(SQL)}` },
  alerts: { path: '/alerts?last=30m' },
  health: { path: '/health?last=15m' },
  senders: {
    path: '/senders',
    async steps(page) {
      // Checks need several requests of a sender.
      const late = page.getByRole('row', { name: /mailer/ }).filter({ hasNotText: 'none' });
      await late.waitFor();
      await late.getByText('mailer').click();
    },
  },
};
