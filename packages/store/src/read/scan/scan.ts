import { setImmediate } from 'node:timers/promises';
import { QueryLimitError } from '../../contract.ts';
import { CellBudgetError } from '../../parquet/read/cell.ts';
import { LargeColumnError } from '../../parquet/read/decode-column.ts';
import { NotScannableError } from '../../scan/value-tests.ts';
import { StatementFailure } from '../duck/failures.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { FileParts } from './file-parts.ts';
import type { ScanRequest, ScanResult } from './protocol.ts';
import { scanAttributes } from './scan-attributes.ts';
import { scanItems } from './scan-items.ts';
import { scanSeverities, scanValues } from './scan-logs.ts';
import { scanNewest } from './scan-newest.ts';
import { scanNewestRows } from './scan-newest-rows.ts';
import { scanErrors, scanRequests } from './scan-requests.ts';
import { scanServices } from './scan-services.ts';
import { scanSpans } from './scan-spans.ts';

/** What is kept between scans. */
export interface ScanCaches {
  readonly layouts: Layouts;
  readonly parts: FileParts;
}

/** Errors of files that can be read. */
const LIMITS = [NotScannableError, CellBudgetError, LargeColumnError];

/**
 * Scans files without the engine. Returns `undefined` if the engine must do it, because it compares a value in another
 * way, and `unreadable` if a file cannot be read: the engine's error tells the reason.
 */
export async function scan(
  { layouts, parts }: ScanCaches,
  request: ScanRequest,
  signal: AbortSignal,
): Promise<ScanResult | 'unreadable' | undefined> {
  const deadline = performance.now() + request.timeoutMillis;
  const turn = async (): Promise<void> => {
    // Other requests to this thread run between two row groups.
    await setImmediate();
    if (signal.aborted) throw new StatementFailure('cancelled', 'the query was canceled');
    if (performance.now() > deadline) {
      throw new StatementFailure('timeout', `the query took longer than ${request.timeoutMillis} ms`);
    }
  };
  try {
    switch (request.kind) {
      case 'newest':
        return { kind: 'newest', newest: await scanNewest(layouts, request, turn) };
      case 'services':
        return { kind: 'services', services: await scanServices({ layouts, parts, turn }, request) };
      case 'requests':
        return { kind: 'requests', requests: await scanRequests({ layouts, parts, turn }, request) };
      case 'errors':
        return { kind: 'errors', errors: await scanErrors({ layouts, parts, turn }, request) };
      case 'severities':
        return { kind: 'severities', severities: await scanSeverities({ layouts, parts, turn }, request) };
      case 'items':
        return { kind: 'items', items: await scanItems({ layouts, parts, turn }, request) };
      case 'newest-rows':
        return { kind: 'newest-rows', rows: await scanNewestRows(layouts, request, turn) };
      case 'spans':
        return { kind: 'spans', spanIds: await scanSpans(layouts, request, turn) };
      case 'values':
        return { kind: 'values', values: await scanValues({ layouts, parts, turn }, request) };
      case 'attributes':
        return { kind: 'attributes', attributes: await scanAttributes({ layouts, parts, turn }, request) };
    }
  } catch (error) {
    if (error instanceof StatementFailure || error instanceof QueryLimitError) throw error;
    return LIMITS.some((limit) => error instanceof limit) ? undefined : 'unreadable';
  }
}
