import { createHash } from 'node:crypto';
import type { DeepReadonly } from '../api/api.ts';
import type { ComplianceReport } from './schemas.ts';

/** Returns a report as one HTML file without scripts, whose style is made for printing. */
export function reportHtml({ title, tenant, createdMillis, sections }: DeepReadonly<ComplianceReport>): string {
  const body = sections.map(({ title: heading, text, columns, rows }) =>
    [
      `<h2>${escaped(heading)}</h2>`,
      text === undefined ? '' : `<p>${escaped(text)}</p>`,
      columns.length === 0 ? '' : tableHtml(columns, rows),
    ].join('\n'),
  );
  const created = new Date(createdMillis).toISOString();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="of">Tenant ${escaped(tenant)}, created ${created} by otelier</p>
${body.join('\n')}
</body>
</html>
`;
}

function tableHtml(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const lines = rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`);
  const none = `<tr><td colspan="${columns.length}">none</td></tr>`;
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${lines.length === 0 ? none : lines.join('\n')}\n</tbody>\n</table>`;
}

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.of { color: #555; margin: .25rem 0 0 }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc; overflow-wrap: anywhere }
th { background: #f2f2f2 }
@page { margin: 15mm }
@media print { body { margin: 0; max-width: none } h2 { break-after: avoid } tr { break-inside: avoid } thead { display: table-header-group } }
`;

/** The content security policy of a report, which permits its style and nothing else. */
export const REPORT_POLICY = [
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
