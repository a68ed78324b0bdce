import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { WatchedPage } from '@otelier/testkit/browser';
import type { BrowserContextOptions } from 'playwright-core';
import { VIEWS } from '../../packages/dashboard/src/shell/views.ts';
import { AGGREGATES } from '../../packages/dashboard/src/views/metrics/aggregates.ts';
import { type SentCase, sendEdgeCases } from './edge-telemetry.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { startBrowser } from './page.ts';
import { watchDrawing } from './page-drawn.ts';

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 760, height: 900 };
/** Every theme and width. Views take turns, so that each appears in all of them. */
const APPEARANCES: readonly BrowserContextOptions[] = [
  { colorScheme: 'dark', viewport: WIDE },
  { colorScheme: 'light', viewport: NARROW },
  { colorScheme: 'light', viewport: WIDE },
  { colorScheme: 'dark', viewport: NARROW },
];
const SERVICE_PAGE = '/services/NAME';
/** Matches values that a chart or formatter failed to handle. */
const UNFORMATTED = /\bNaN\b|\bundefined\b|-?\bInfinity\b|\[object /;

const gateway = await startGateway({ after });
const open = await startBrowser();
const pages = await Promise.all(
  APPEARANCES.map(async (look) => {
    const watched = await open(gateway, '/', look);
    return { ...watched, untilDrawn: watchDrawing(watched.page) };
  }),
);
await visit(
  gateway,
  VIEWS.map((view) => view.path),
);
const cases = await sendEdgeCases(gateway);

interface DrawnPage extends WatchedPage {
  readonly untilDrawn: () => Promise<void>;
}

/** Opens every path in one of the themes and widths. All must render without errors. */
async function visit({ url }: Gateway, paths: readonly string[], turn = 0): Promise<void> {
  await Promise.all(
    pages.map(async (watched, look) => {
      for (const [index, path] of paths.entries()) {
        if ((index + turn) % pages.length === look) await assertRenders(watched, url + path);
      }
    }),
  );
}

async function assertRenders({ page, errors, untilDrawn }: DrawnPage, address: string): Promise<void> {
  const before = errors.length;
  await page.evaluate(go, address);
  await untilDrawn();
  // biome-ignore lint/performance/useDomNodeTextContent: the text of hidden elements must be excluded
  const text = await page.evaluate(() => document.body.innerText);
  assert.doesNotMatch(text, /failed to render/i, address);
  assert.doesNotMatch(text, UNFORMATTED, address);
  assert.deepEqual(await page.evaluate(outside), [], `${address}: elements outside the window or their chart`);
  assert.deepEqual(errors.slice(before), [], address);
}

/** Follows a link within the page, as a click does. Runs in the page. */
function go(address: string): void {
  history.pushState({}, '', address);
  dispatchEvent(new PopStateEvent('popstate', { state: {} }));
}

/** Returns header buttons outside the window and chart labels outside their chart. Runs in the page. */
function outside(): string[] {
  const boxOf = (element: Element): DOMRect => element.getBoundingClientRect();
  const buttons = [...document.querySelectorAll('header button')].filter((one) => boxOf(one).right > innerWidth);
  const labels = [...document.querySelectorAll('.chart svg text')].filter((text) => {
    const chart = text.closest('.chart');
    if (chart === null || (text as SVGElement).getBoundingClientRect().width === 0) return false;
    const [inner, outer] = [boxOf(text), boxOf(chart)];
    return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1;
  });
  return [...buttons, ...labels].map((element) => element.textContent ?? '');
}

function within({ fromMillis, toMillis }: SentCase, path: string, more: Record<string, string> = {}): string {
  return `${path}?${new URLSearchParams({ from: String(fromMillis), to: String(toMillis), ...more })}`;
}

test('these tests visit every route of the page', () => {
  const router = readFileSync(join(import.meta.dirname, '../../packages/dashboard/src/router.tsx'), 'utf8');
  const routes = [...router.matchAll(/^ +path: '([^']+)'/gm)].map(([, path]) => path);
  const visited = [...VIEWS.map((view) => view.path as string), SERVICE_PAGE.replace('NAME', '$name')];
  assert.deepEqual(routes.toSorted(), visited.toSorted());
});

for (const [index, edge] of cases.entries()) {
  test(`every view renders ${edge.name}`, async () => {
    await visit(
      gateway,
      VIEWS.map(({ path }) => within(edge, path)),
      index,
    );
  });
}

test('every view renders all cases together, in every theme and width', async () => {
  const paths = VIEWS.map(({ path }) => `${path}?last=30m`);
  for (let turn = 0; turn < APPEARANCES.length; turn += 1) await visit(gateway, paths, turn);
});

test('every trace opens with its spans, as a waterfall or a flame graph with the critical path', async () => {
  const flame = { shape: 'flame', path: 'critical' };
  const traces = cases.flatMap((edge) =>
    edge.spans.map(({ traceId = '', spanId = '' }, index) =>
      within(edge, '/traces', { trace: traceId, span: spanId, ...(index % 2 === 0 ? {} : flame) }),
    ),
  );
  await visit(gateway, traces);
});

test('the configuration opens beside any revision, also one that does not exist', async () => {
  const paths = ['edit=pipeline', 'edit=pipeline&compare=99', 'edit=pipeline&compare=constructor', 'edit=x&compare=x'];
  await visit(
    gateway,
    paths.map((search) => `/pipeline?${search}`),
  );
});

test('the sections of the view Admin say why they are empty without an identity', async () => {
  await visit(
    gateway,
    ['protection', 'audit', 'account', 'constructor'].map((tab) => `/admin?tab=${tab}`),
  );
});

test('the map focuses every service, and lists its calls', async () => {
  const paths = cases.flatMap((edge) => [
    within(edge, '/map', { node: `service ${edge.service}`, hops: 'up', unit: 'p95' }),
    within(edge, '/map', { node: `service ${edge.service}`, shape: 'table' }),
  ]);
  await visit(gateway, [...paths, '/map?node=x&edge=y&hops=constructor&unit=constructor&shape=constructor']);
});

test('every service has a page', async () => {
  const pathOf = (service: string) => SERVICE_PAGE.replace('NAME', () => encodeURIComponent(service));
  const paths = cases.map((edge) => within(edge, pathOf(edge.service)));
  await visit(gateway, [...paths, `${pathOf('none')}?last=constructor&version=x`, pathOf('<b>..\\')]);
});

test('what every case sends is listed, and rules are tried', async () => {
  const paths = cases.flatMap((edge) => [
    within(edge, '/cost', { row: `traces ${edge.service} ` }),
    within(edge, '/cost', { tab: 'attributes', unit: 'items' }),
  ]);
  await visit(gateway, [...paths, '/cost?signal=constructor&row=constructor&rule=constructor&unit=constructor']);
});

test('the errors of every case are listed', async () => {
  const paths = cases.map((edge) => within(edge, '/errors', { service: edge.service, order: 'users' }));
  await visit(gateway, [...paths, '/errors?cause=x&trace=y&order=constructor']);
});

test('the traces of every case are compared, as groups and two by two', async () => {
  const paths = cases.flatMap((edge) => {
    const [a = '', b = a] = new Set(edge.spans.map(({ traceId = '' }) => traceId));
    return [
      within(edge, '/traces', { compare: 'groups', select: 'status = error' }),
      within(edge, '/traces', { compare: 'two', a, b }),
    ];
  });
  await visit(gateway, [...paths, '/traces?compare=groups&box=0,1,0,1', '/traces?compare=two&a=x&b=y&box=1,2']);
});

test('the logs of every case have patterns and columns', async () => {
  const paths = cases.flatMap((edge) => [
    within(edge, '/logs', { tab: 'patterns', sort: 'growth' }),
    within(edge, '/logs', { columns: 'attributes.constructor', around: 'constructor', order: 'oldest' }),
  ]);
  await visit(gateway, [...paths, '/logs?tab=patterns&sort=constructor&columns=x&around=trace&record=1-x']);
});

test('every language queries every case', async () => {
  const queries = [
    { query: 'SELECT * FROM spans WHERE $__timeFilter(start_time)' },
    { query: 'SELECT time, body, severity_number FROM logs WHERE $__timeFilter(time)' },
    { lang: 'logql', query: '{service_name=~".+"}' },
    { lang: 'traceql', query: '{}' },
    { lang: 'traceql', query: '{} | rate() by (name)' },
    { lang: 'promql', query: '{__name__=~".+"}' },
  ];
  await visit(
    gateway,
    cases.flatMap((edge, index) => {
      // Cases take turns, as appearances do.
      const query = queries[index % queries.length];
      return query === undefined ? [] : [within(edge, '/query', query)];
    }),
  );
  await visit(
    gateway,
    queries.map((query) => `/query?${new URLSearchParams({ last: '30m', ...query })}`),
  );
});

test('a board shows every case in every kind of panel', async () => {
  const query = (language: string, text: string, shape = 'lines') => ({
    kind: 'query',
    language,
    queries: [{ text }],
    shape,
  });
  const contents = [
    { kind: 'requests', where: [] },
    { kind: 'durations', where: [] },
    { kind: 'logs', where: [], text: '' },
    ...['lines', 'stacked', 'bars', 'stat', 'gauge', 'table'].map((shape) =>
      query('promql', '{__name__=~".+"}', shape),
    ),
    query('logql', '{service_name=~".+"}', 'list'),
    query('traceql', '{}', 'list'),
    query('sql', 'SELECT start_time, service_name, duration_ns FROM spans WHERE $__timeFilter(start_time)'),
  ];
  const panels = contents.map((content, index) => ({
    ...content,
    id: `p${index}`,
    title: `${content.kind} ${index}`,
    place: { x: (index % 4) * 3, y: Math.floor(index / 4) * 6, w: 3, h: 6 },
  }));
  const response = await fetch(`${gateway.url}/api/v1/documents/save`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'board', id: 'edge', name: 'Edge', content: { version: 1, panels }, revision: 0 }),
  });
  assert.equal(response.status, 200);
  const paths = cases.map((edge, index) =>
    within(edge, '/boards', { board: 'edge', ...(index % 2 === 0 ? {} : { previous: 'range' }) }),
  );
  await visit(gateway, [...paths, '/boards?board=edge&panel=p3&var=x&previous=constructor']);
});

test('every view renders ranges that are extreme, empty or invalid', async () => {
  const ranges = ['from=0&to=1', 'from=0&to=9223372036000', 'from=9223372035999.5&to=9223372036000'];
  const odd = [
    'from=5&to=5',
    'from=NaN&to=Infinity',
    'from=-1e300&to=1e300',
    'at=0',
    'last=constructor&sort=constructor',
  ];
  await visit(
    gateway,
    VIEWS.flatMap(({ path }) => [...ranges, ...odd].map((range) => `${path}?${range}`)),
  );
});

test('every metric renders with some aggregate', async () => {
  const names = cases.flatMap((edge) => edge.metrics.map(({ name = '' }) => ({ edge, name })));
  const forms = [{}, { shape: 'stacked', previous: 'range' }, { shape: 'bars', top: '3' }];
  await visit(
    gateway,
    names.map(({ edge, name }, index) => {
      const agg = AGGREGATES[index % AGGREGATES.length] ?? '';
      return within(edge, '/metrics', { metric: name, agg, ...forms[index % forms.length] });
    }),
  );
});
