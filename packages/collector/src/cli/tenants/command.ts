import { writeFileSync } from 'node:fs';
import type { Tenant } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import { formatByteSize } from '../../component/units.ts';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { rowsAsTable } from '../rows.ts';
import { terminalText } from '../terminal-text.ts';
import { formatLimits } from './limits.ts';

/** The option of the commands that ask a running process. */
export interface ProcessOptions {
  readonly url: string;
}

/** Prints the tenants of a running process: state, what they use beside its limit, and their other limits. */
export async function listTenantsCommand(
  { url, json }: ProcessOptions & { readonly json?: boolean },
  console: Console,
): Promise<void> {
  const { tenants } = await createApiClient(url, { token: console.environment['OTELIER_TOKEN'] }).get('/tenants');
  if (json === true) console.print(terminalText(JSON.stringify(tenants, undefined, 2)));
  else console.print(tableOf(tenants, console.columns));
}

const COLUMNS = ['tenant', 'name', 'state', 'items/s', 'bytes/s', 'in flight', 'stored', 'rejected', 'other limits'];

function tableOf(tenants: readonly Tenant[], width: number | undefined): string {
  const rows = tenants.map(({ tenant, displayName, state, limits, usage }) => {
    const { ingestItemsPerSecond, ingestBytesPerSecond, bytesInFlight, diskBytes, ...others } = limits;
    return [
      ...[tenant, displayName, state],
      ofLimit(usage.itemsPerSecond, ingestItemsPerSecond, String),
      ofLimit(usage.bytesPerSecond, ingestBytesPerSecond, formatByteSize),
      ofLimit(usage.inFlightBytes, bytesInFlight, formatByteSize),
      ofLimit(usage.storedBytes, diskBytes, formatByteSize),
      usage.rejectedRequests + usage.rejectedQueries,
      formatLimits(others),
    ];
  });
  return rowsAsTable({ columns: COLUMNS.map((name) => ({ name, type: 'VARCHAR' })), rows }, width);
}

function ofLimit(value: number, limit: number | undefined, format: (value: number) => string): string {
  return limit === undefined ? format(value) : `${format(value)} of ${format(limit)}`;
}

/** Options for `otelier tenants remove`. */
export interface RemoveTenantOptions extends ProcessOptions {
  readonly confirm?: string;
  readonly accepts?: boolean;
  readonly output?: string;
  readonly json?: boolean;
}

/** Removes everything that a running process keeps of a tenant, and prints what it was. */
export async function removeTenantCommand(
  tenant: string,
  { url, confirm, accepts = false, output, json }: RemoveTenantOptions,
  console: Console,
): Promise<void> {
  if (confirm !== tenant) {
    const message = `--confirm: expected ${JSON.stringify(tenant)}, because what is removed cannot be restored without a backup`;
    throw new CommandFailure(message, EXIT.usage);
  }
  const { OTELIER_TOKEN: token, OTELIER_EDIT_TOKEN: editToken } = console.environment;
  const proof = await createApiClient(url, { token: editToken ?? token }).removeTenant({ tenant, accepts });
  const text = JSON.stringify(proof, undefined, 2);
  if (output !== undefined) writeFileSync(output, `${text}\n`);
  if (json === true) {
    console.print(terminalText(text));
    return;
  }
  const { files, rows, documents } = JSON.parse(proof.statement) as Statement;
  const what = `${files.length} files with ${rows} rows, ${documents} documents`;
  console.print(terminalText(`removed ${tenant}: ${what}. A signed statement is in removals/ of the store.`));
}

interface Statement {
  readonly files: readonly unknown[];
  readonly rows: number;
  readonly documents: number;
}
