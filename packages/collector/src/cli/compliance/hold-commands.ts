import type { LegalHold } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { rowsAsTable } from '../rows.ts';
import { terminalText } from '../terminal-text.ts';
import { attributesOf, millisOf } from './terms.ts';

interface HoldOptions {
  readonly url: string;
  readonly tenant: string;
}

const COLUMNS = ['id', 'reason', 'by', 'created', 'attributes'];

/** Prints the legal holds of a tenant. */
export async function listHoldsCommand(
  { json, ...options }: HoldOptions & { readonly json?: boolean },
  console: Console,
) {
  const found = await clientOf(options, console).get('/holds', { tenant: options.tenant });
  if (json === true) {
    console.print(terminalText(JSON.stringify(found, undefined, 2)));
    return;
  }
  const rows = found.holds.map(({ id, reason, by, createdMillis, attributes }) => [
    ...[id, reason, by, new Date(createdMillis).toISOString()],
    attributes.map(({ key, value }) => `${key}=${value}`).join(', '),
  ]);
  const columns = COLUMNS.map((name) => ({ name, type: 'VARCHAR' }));
  console.print(rows.length === 0 ? 'no legal holds' : rowsAsTable({ columns, rows }, console.columns));
}

/** Creates a legal hold, and prints its ID. */
export async function createHoldCommand(
  options: HoldOptions & {
    readonly reason: string;
    readonly attribute: readonly string[];
    readonly start?: string;
    readonly end?: string;
  },
  console: Console,
) {
  const { tenant, reason, attribute, start, end } = options;
  const range = { startMillis: millisOf('start', start), endMillis: millisOf('end', end) };
  const request = { tenant, reason, attributes: attributesOf(attribute), ...range };
  const { id } = await clientOf(options, console).post<LegalHold>('/holds/create', request);
  console.print(terminalText(id));
}

/** Releases a legal hold. */
export async function releaseHoldCommand(id: string, options: HoldOptions, console: Console) {
  const body = { tenant: options.tenant, id };
  const { released } = await clientOf(options, console).post<{ readonly released: boolean }>('/holds/release', body);
  if (!released)
    throw new CommandFailure(`expected the ID of a legal hold of ${options.tenant}, got ${id}`, EXIT.usage);
  console.print(terminalText(`released ${id}`));
}

function clientOf({ url }: HoldOptions, { environment }: Console) {
  return createApiClient(url, { token: environment['OTELIER_EDIT_TOKEN'] ?? environment['OTELIER_TOKEN'] });
}
