import { setImmediate } from 'node:timers/promises';
import { QueryLimitError } from '../../contract.ts';
import { StatementFailure } from '../duck/failures.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { ScanRequest, ScanResult } from './protocol.ts';
import { scanNewest } from './scan-newest.ts';
import { scanRequests } from './scan-requests.ts';

/**
 * Scans files without the engine. Returns `undefined` if the engine must do it, because it compares a value in another
 * way or a file cannot be read: the engine's error tells the reason.
 */
export async function scan(
  layouts: Layouts,
  request: ScanRequest,
  signal: AbortSignal,
): Promise<ScanResult | undefined> {
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
    return request.kind === 'newest'
      ? { kind: 'newest', newest: await scanNewest(layouts, request, turn) }
      : { kind: 'requests', requests: await scanRequests(layouts, request, turn) };
  } catch (error) {
    if (error instanceof StatementFailure || error instanceof QueryLimitError) throw error;
    return undefined;
  }
}
