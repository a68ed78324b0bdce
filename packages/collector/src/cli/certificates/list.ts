import type { CertificatesResponse, InventoryCertificate } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { rowsAsTable } from '../rows.ts';
import { terminalText } from '../terminal-text.ts';

const COLUMNS = ['ends', 'state', 'component', 'role', 'name', 'serial number'];

/** Prints the certificates and revocation lists of a running process, those that end first at the front. */
export async function listCertificatesCommand(
  { url, json }: { readonly url: string; readonly json?: boolean },
  console: Console,
): Promise<void> {
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  const found = await client.get('/certificates');
  if (json === true) {
    console.print(terminalText(JSON.stringify(found, undefined, 2)));
    return;
  }
  const rows = [...found.certificates.map(certificateRow), ...found.revocationLists.map(listRow)];
  const columns = COLUMNS.map((name) => ({ name, type: 'VARCHAR' }));
  console.print(rows.length === 0 ? 'no certificates' : rowsAsTable({ columns, rows }, console.columns));
  if (found.unlistedCertificates > 0) console.print(`${found.unlistedCertificates} more of authorities are not listed`);
}

type Row = readonly string[];

function certificateRow(entry: InventoryCertificate): Row {
  const { component, role, certificate, acme } = entry;
  const name = certificate?.names.join(', ') || certificate?.subject || acme?.names.join(', ') || '';
  return [dayOf(certificate?.validToMillis), stateOf(entry), component, role, name, certificate?.serialNumber ?? ''];
}

/** Returns the validity of a certificate, or what is worse: its authority revoked it. */
function stateOf({ validity, ocsp, error, acme }: InventoryCertificate): string {
  const state = ocsp?.status === 'revoked' ? 'revoked' : validity.replaceAll('_', ' ');
  const reason = error ?? acme?.error;
  return reason === undefined ? state : `${state}: ${reason}`;
}

function listRow(list: CertificatesResponse['revocationLists'][number]): Row {
  const { component, validity, issuer = '', nextUpdateMillis, error } = list;
  const state = validity.replaceAll('_', ' ');
  return [
    dayOf(nextUpdateMillis),
    error === undefined ? state : `${state}: ${error}`,
    component,
    'revocation_list',
    issuer,
    '',
  ];
}

function dayOf(millis: number | undefined): string {
  return millis === undefined ? '' : new Date(millis).toISOString().slice(0, 16).replace('T', ' ');
}
