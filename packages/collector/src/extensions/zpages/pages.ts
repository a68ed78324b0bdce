import type { Host } from '../../component/host.ts';
import type { Page } from '../../component/http/http-extension.ts';
import { VERSION } from '../../component/version.ts';

/** The data shown on the pages. */
export interface ZPagesSource {
  readonly host: Host;
  readonly startedAt: Date;
  readonly uptimeMillis: () => number;
  /** Whether the counters are served as JSON. */
  readonly expvar: boolean;
}

type Cell = string | number;

/** Returns a function that renders the page at a path, or returns `undefined` if there is none. */
export function zPages({ host, startedAt, uptimeMillis, expvar }: ZPagesSource): (path: string) => Page | undefined {
  const pages: Readonly<Record<string, () => Page>> = {
    '/': () => ({ status: 302, headers: { location: '/debug/servicez' }, body: '' }),
    '/debug/servicez': () =>
      html('Service', [
        table(
          'Process',
          ['', ''],
          [
            ['Version', VERSION],
            ['Node.js', process.version],
            ['Started', startedAt.toISOString()],
            ['Uptime', `${(uptimeMillis() / 1000).toFixed(0)} s`],
            ['Phase', host.health().phase],
            ['Memory in use', `${(host.memoryInUse() / 2 ** 20).toFixed(0)} MiB`],
          ],
        ),
        table(
          'Errors',
          ['component and error'],
          host.health().errors.map((error) => [error]),
        ),
        table('Addresses', ['component', 'protocol', 'address'], addresses(host)),
        links(Object.keys(pages)),
      ]),
    '/debug/pipelinez': () => html('Pipelines', [componentTable(host), edgeTable(host)]),
    '/debug/extensionz': () =>
      html('Addresses', [table('Addresses', ['component', 'protocol', 'address'], addresses(host))]),
    '/debug/featurez': () => html('Feature gates', ['<p>otelier has no feature gates.</p>']),
    '/debug/tracez': () =>
      html('Traces', [
        '<p>service.telemetry.traces exports the traces of the process. The page of the workbench shows stored traces.</p>',
      ]),
    ...(expvar && {
      '/debug/expvarz': () => ({ type: 'application/json', body: JSON.stringify(host.graph(), undefined, 2) }),
    }),
  };
  return (path) => (Object.hasOwn(pages, path) ? pages[path]?.() : undefined);
}

function addresses(host: Host): Cell[][] {
  return host.endpoints().map(({ component, protocol, address }) => [component, protocol, address]);
}

function componentTable(host: Host): string {
  return table(
    'Components',
    ['pipelines', 'kind', 'component', 'configuration', 'dropped items'],
    host
      .graph()
      .nodes.map(({ pipelines, kind, component, summary, dropped }) => [
        pipelines.join(', '),
        kind,
        component,
        summary,
        Object.values(dropped).reduce((sum, items) => sum + items, 0),
      ]),
  );
}

function edgeTable(host: Host): string {
  return table(
    'Edges',
    ['pipeline', 'from', 'to', 'batches', 'items', 'bytes', 'refused items'],
    host
      .graph()
      .edges.map(({ pipeline, from, to, batches, items, bytes, refusedItems }) => [
        pipeline,
        from,
        to,
        batches,
        items,
        bytes,
        refusedItems,
      ]),
  );
}

function html(title: string, sections: readonly string[]): Page {
  const style =
    'body{font:14px system-ui;margin:2em}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #8886}';
  return {
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" },
    body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1>${sections.join('')}`,
  };
}

function table(title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return `<h2>${escapeHtml(title)}</h2><p>none</p>`;
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('');
  const body = rows
    .map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join('')}</tr>`)
    .join('');
  return `<h2>${escapeHtml(title)}</h2><table><tr>${head}</tr>${body}</table>`;
}

function links(paths: readonly string[]): string {
  return `<ul>${paths.map((path) => `<li><a href="${path}">${path}</a></li>`).join('')}</ul>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
