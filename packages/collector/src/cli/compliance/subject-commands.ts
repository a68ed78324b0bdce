import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ComplianceReport, SubjectJob } from '@otelier/query';
import { type ApiClient, createApiClient } from '@otelier/query/client';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { rowsAsTable } from '../rows.ts';
import { terminalText } from '../terminal-text.ts';
import { requestOf, type TermOptions, termsOf } from './terms.ts';

type Output = { readonly output?: string };

/** Prints what a running process stores of a person. */
export async function searchSubjectCommand(options: TermOptions & { readonly json?: boolean }, console: Console) {
  const client = clientOf(options, console);
  const job = await finished(client, await client.post<SubjectJob>('/subjects/search', requestOf(options)));
  if (options.json === true) console.print(terminalText(JSON.stringify(job.findings, undefined, 2)));
  else console.print(findingsText(job, console.columns));
}

/** Writes everything of a person to a file. */
export async function exportSubjectCommand(options: TermOptions & { readonly output: string }, console: Console) {
  let requests = 0;
  const lines = async function* () {
    for await (const line of clientOf(options, console).exportSubject(requestOf(options))) {
      requests += 1;
      yield `${line}\n`;
    }
  };
  await pipeline(lines, createWriteStream(options.output, { flags: 'wx', mode: 0o600 }));
  console.print(terminalText(`wrote ${requests} requests to ${options.output}`));
}

/** Erases a person, or prints what would be erased. */
export async function eraseSubjectCommand(
  options: TermOptions &
    Output & {
      readonly confirm?: boolean;
      readonly values?: boolean;
      readonly standing?: boolean;
      readonly reason?: string;
      readonly json?: boolean;
    },
  console: Console,
) {
  const client = clientOf(options, console);
  const { confirm = false, values = false, standing = false, reason = '', output, json } = options;
  const parts = values ? 'values' : 'items';
  const request = { ...requestOf(options), parts, standing, reason, dryRun: !confirm };
  const job = await finished(client, await client.post<SubjectJob>('/subjects/erase', request));
  if (job.proof === undefined) {
    console.print(json === true ? JSON.stringify(job.findings, undefined, 2) : findingsText(job, console.columns));
    if (json !== true) console.print('nothing was removed: repeat the command with --confirm');
    return;
  }
  const text = JSON.stringify(job.proof, undefined, 2);
  if (output !== undefined) writeFileSync(output, `${text}\n`);
  if (json === true) {
    console.print(terminalText(text));
    return;
  }
  const statement = JSON.parse(job.proof.statement) as Statement;
  const { items, held, files, verification, backups, id, queues = [], notSearched = [], alerts = 0 } = statement;
  console.print(terminalText(`erased ${items} items in ${files.length} files; ${held} items are held`));
  console.print(terminalText(`a search afterwards found ${verification.itemsLeft} items`));
  for (const { directory } of backups) console.print(terminalText(`not changed: the backup ${directory}`));
  for (const { component, requests } of queues)
    console.print(terminalText(`not searched: ${requests} requests in the queue of ${component}, which delivers them`));
  for (const name of notSearched) console.print(terminalText(`not searched: ${name}`));
  if (alerts > 0) console.print(terminalText(`not changed: ${alerts} alerts, until they end`));
  const { itemsArrivedLater = 0 } = verification;
  if (itemsArrivedLater > 0) {
    const advice = 'erase again when their sender has stopped, or with --standing';
    console.print(terminalText(`${itemsArrivedLater} items arrived after the erasure began: ${advice}`));
  }
  console.print(terminalText(`a signed statement is in removals/subject-${id}.json of the store`));
  if (verification.itemsLeft > 0) throw new CommandFailure('items of the person are left; erase them again');
}

interface Statement {
  readonly id: string;
  readonly items: number;
  readonly held: number;
  readonly files: readonly unknown[];
  readonly verification: { readonly itemsLeft: number; readonly itemsArrivedLater?: number };
  readonly queues?: readonly { readonly component: string; readonly requests: number }[];
  readonly notSearched?: readonly string[];
  readonly alerts?: number;
  readonly backups: readonly { readonly directory: string }[];
}

/** Verifies the statement of an erasure. */
export async function verifyErasureCommand(path: string, options: TermOptions, console: Console) {
  const { statement, signature, publicKey } = readProof(path);
  const terms = options.attribute.length + options.text.length === 0 ? undefined : termsOf(options);
  const body = { tenant: options.tenant, proof: { statement, signature, publicKey }, terms };
  const { errors } = await clientOf(options, console).post<{ readonly errors: readonly string[] }>(
    '/subjects/verify',
    body,
  );
  if (errors.length > 0) throw new CommandFailure(terminalText(errors.join('\n')));
  const searched = terms === undefined ? '; name the person to search for what is left' : '; nothing is left';
  console.print(`${path}: valid${searched}`);
}

/** Writes or prints a report. */
export async function reportCommand(
  options: Output & {
    readonly kind: ComplianceReport['kind'];
    readonly tenant: string;
    readonly attribute: readonly string[];
    readonly k: string;
    readonly url: string;
  },
  console: Console,
) {
  const { kind, tenant, attribute, k, output } = options;
  const report = await clientOf(options, console).get('/compliance/report', { kind, tenant, attribute, k });
  if (output !== undefined) {
    const { reportHtml } = await import('@otelier/query/report-html');
    writeFileSync(output, reportHtml(report));
    console.print(terminalText(`wrote ${output}`));
    return;
  }
  console.print(terminalText(report.title));
  for (const { title, columns, rows } of report.sections) {
    console.print(terminalText(`\n${title}`));
    console.print(rows.length === 0 ? 'none' : tableText(columns, rows, console.columns));
  }
}

function clientOf({ url }: { readonly url: string }, { environment }: Console): ApiClient {
  return createApiClient(url, { token: environment['OTELIER_EDIT_TOKEN'] ?? environment['OTELIER_TOKEN'] });
}

/** Waits until a search or an erasure is done. Fails with its error. */
async function finished(client: ApiClient, started: SubjectJob): Promise<SubjectJob> {
  let job = started;
  while (job.state === 'running') job = await client.get(`/subjects/jobs/${job.id}`, { tenant: job.tenant });
  if (job.state === 'failed') throw new CommandFailure(terminalText(job.error ?? 'failed'));
  return job;
}

function findingsText({ findings }: SubjectJob, width: number | undefined): string {
  if (findings === undefined) return '';
  const { files, items, held, searched, pseudonyms, documents, alerts } = findings;
  const rows = files.map(({ signal, name, items: own, held: kept }) => [signal, name, String(own), String(kept)]);
  const also = [
    ...(pseudonyms > 0 ? [`${pseudonyms} pseudonyms were searched for, too`] : []),
    ...(documents.length > 0 ? [`${documents.length} saved documents contain it`] : []),
    ...(alerts > 0 ? [`${alerts} alerts contain it`] : []),
  ];
  return [
    `${items} of ${searched} items, ${held} of them held`,
    ...(rows.length === 0 ? [] : [tableText(['signal', 'file', 'items', 'held'], rows, width)]),
    ...also,
  ].join('\n');
}

function tableText(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): string {
  return rowsAsTable({ columns: columns.map((name) => ({ name, type: 'VARCHAR' })), rows }, width);
}

function readProof(path: string): NonNullable<SubjectJob['proof']> {
  try {
    const { statement, signature, publicKey } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if ([statement, signature, publicKey].every((one) => typeof one === 'string'))
      return { statement, signature, publicKey } as NonNullable<SubjectJob['proof']>;
  } catch (error) {
    throw new CommandFailure(`${path}: ${error instanceof Error ? error.message : error}`, EXIT.usage);
  }
  throw new CommandFailure(`${path}: expected a signed statement, got other JSON`, EXIT.usage);
}
