import type { ReloadReport } from '@otelier/query';
import { type ApiClient, ApiClientError, createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';

/** The options of `otelier reload`. */
export interface ReloadOptions {
  readonly url: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Makes a running process read its configuration again, and prints what it keeps, restarts, adds and removes. */
export async function reloadCommand({ url, dryRun = false, json }: ReloadOptions, console: Console): Promise<void> {
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  const report = await reload(client, dryRun);
  if (json) console.print(JSON.stringify(report, undefined, 2));
  else for (const line of reportLines(report, dryRun)) console.print(line);
  if (report.result !== 'rolled_back') return;
  if (json) process.exitCode = 1;
  else throw new CommandFailure(`not reloaded, nothing has changed:\n${report.reason ?? ''}`);
}

/** Time to wait for the report of a reload that has ended the request for it. */
const REPORT_MILLIS = 30_000;

async function reload(client: ApiClient, dryRun: boolean): Promise<ReloadReport> {
  const before = (await client.get('/config')).lastReload;
  try {
    return await client.reload({ dryRun });
  } catch (error) {
    // A reload that restarts the workbench ends its requests, also this one.
    const isEnded = error instanceof ApiClientError && ENDED.has(error.code);
    if (dryRun || !isEnded) throw error;
    for (const end = performance.now() + REPORT_MILLIS; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const last = (await client.get('/config').catch(() => undefined))?.lastReload;
      if (last !== undefined && last.atMillis !== before?.atMillis) return last;
    }
    throw error;
  }
}

const ENDED: ReadonlySet<string> = new Set(['unavailable', 'unreachable', 'timeout']);

function reportLines(report: ReloadReport, dryRun: boolean): string[] {
  const { result, reason, kept, restarted, added, removed, lostItems } = report;
  if (result === 'unchanged') return ['The configuration has not changed.'];
  if (result === 'rolled_back') return [];
  const groups = [
    ['keep', 'kept', kept],
    ['restart', 'restarted', restarted],
    ['add', 'added', added],
    ['remove', 'removed', removed],
  ] as const;
  const lines = groups.flatMap(([would, did, ids]) => ids.map((id) => `${(dryRun ? would : did).padEnd(9)}  ${id}`));
  if (dryRun) return [...lines, 'Nothing was changed: this was a dry run.'];
  return lostItems === undefined ? lines : [...lines, `${lostItems} items LOST: ${reason ?? ''}`];
}
