import assert from 'node:assert/strict';
import { findViolations } from '@otelier/testkit/accessibility';
import type { Page } from 'playwright-core';
import type { ViewTest } from '../../../dev/view-test.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** Levels of headings without gaps, which no level of WCAG requires. */
const RULES = { 'heading-order': { enabled: true }, 'target-size': { enabled: true } };

/** A state of a view, and an element that appears with it. */
export interface AxeCase {
  readonly server: Awaited<ReturnType<ViewTest['serve']>>;
  readonly path: string;
  readonly ready: string;
}

/** Checks states of views, those of one server in one page. */
export async function checkStates(views: ViewTest, cases: readonly AxeCase[]): Promise<void> {
  for (const [server, states] of Map.groupBy(cases, (one) => one.server)) {
    const { page, close } = await views.open(server, '/favicon.svg', { colorScheme: 'dark' });
    for (const { path, ready } of states) {
      await page.goto(server.url + path);
      await page.locator(ready).first().waitFor();
      if (path.startsWith('/logs')) await page.locator('.lo-main, .lo-pattern, .lo-field').nth(2).click();
      if (path.includes('around')) await page.locator('.lo-context li').first().waitFor();
      await assertNoViolations(page, path);
    }
    await close();
  }
}

/** Saves a board with a panel of each form. */
export async function saveBoard(url: string): Promise<void> {
  const query = { kind: 'query', language: 'promql', queries: [{ text: 'rate(x[5m])' }] };
  const panels = [
    ...['lines', 'stat', 'gauge', 'table'].map((shape) => ({ ...query, shape })),
    { kind: 'requests' },
    { kind: 'logs' },
    { kind: 'red' },
    { kind: 'patterns' },
    { kind: 'text', text: '# A\n\n- [b](https://example.com)' },
    { kind: 'row' },
  ].map((content, index) => ({
    ...content,
    id: `p${index}`,
    title: `Panel ${index}`,
    place: { x: (index % 3) * 4, y: Math.floor(index / 3) * 5, w: 4, h: 5 },
  }));
  const variables = [{ name: 'env', source: { from: 'list', values: ['a', 'b'] } }];
  await fetch(`${url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'board',
      id: 'axe',
      name: 'Axe',
      content: { version: 1, variables, panels },
      revision: 0,
    }),
  });
}

/** Checks a page in dark mode, and its contrast in light mode after switching the same page. */
export async function assertNoViolations(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await violations(page, colorScheme), [], `${name} in ${colorScheme} mode`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
}

/** Returns the violations on a page. In light mode, returns only contrast violations. */
async function violations(page: Page, colorScheme: 'dark' | 'light'): Promise<readonly string[]> {
  const found = await findViolations(
    page,
    colorScheme === 'dark' ? { only: TAGS, rules: RULES } : { only: ['color-contrast'] },
  );
  return found.flatMap((violation) =>
    violation.nodes
      // A mark of a chart is where its value is: the essential exception of the success criterion.
      .filter(({ html }) => violation.id !== 'target-size' || !html.includes('se-exemplar'))
      .slice(0, 4)
      .map((node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary.split('\n')[1] ?? ''}`),
  );
}
