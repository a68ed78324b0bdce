import type { PipelineLedger } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { terminalText } from '../terminal-text.ts';

/** The options of `otelier ledger`. */
export interface LedgerOptions {
  readonly url: string;
  readonly json?: boolean;
}

/** Prints where the items of each component of a running process came from and went. */
export async function ledgerCommand({ url, json }: LedgerOptions, console: Console): Promise<void> {
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  const ledger = await client.get('/pipeline/ledger');
  if (json) console.print(JSON.stringify(ledger, undefined, 2));
  else for (const line of ledgerLines(ledger)) console.print(line);
}

type Node = PipelineLedger['nodes'][number];

const COLUMNS: readonly (readonly [title: string, value: (node: Node) => number])[] = [
  ['received', ({ receivedItems }) => receivedItems],
  ['created', ({ created }) => sumOf(created)],
  ['forwarded', ({ forwardedItems }) => forwardedItems],
  ['delivered', ({ deliveredItems }) => deliveredItems],
  ['dropped', ({ dropped }) => sumOf(dropped)],
  ['merged', ({ merged }) => sumOf(merged)],
  ['refused', ({ refusedItems }) => refusedItems],
  ['held', ({ heldItems }) => heldItems],
  ['inside', ({ insideItems }) => insideItems],
  ['difference', ({ differenceItems }) => differenceItems],
];

/** Formats a ledger as a table, and the reasons of dropped, created and merged items. */
export function ledgerLines({ nodes, isBalanced }: PipelineLedger): string[] {
  // Columns without a number say nothing.
  const columns = COLUMNS.filter(([title, value]) => title === 'received' || nodes.some((node) => value(node) !== 0));
  const rows = nodes.map((node) => [terminalText(node.id), ...columns.map(([, value]) => count(value(node)))]);
  const reasons = nodes.flatMap((node) =>
    (['dropped', 'created', 'merged'] as const).flatMap((kind) =>
      node[kind].map(({ reason, rule, items }) => {
        const by = rule === undefined ? '' : `  by ${rule}`;
        return `${node.id}: ${count(items)} ${kind}, ${reason}${by}`;
      }),
    ),
  );
  return [
    ...table([['component', ...columns.map(([title]) => title)], ...rows]),
    ...(reasons.length === 0 ? [] : ['', ...reasons.map(terminalText)]),
    '',
    isBalanced ? 'The ledger balances.' : 'The ledger does not balance: see the column "difference".',
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

function sumOf(entries: readonly { readonly items: number }[]): number {
  return entries.reduce((sum, { items }) => sum + items, 0);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
