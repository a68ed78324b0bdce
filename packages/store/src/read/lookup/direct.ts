import type { Signal } from '@otelier/otlp';
import type { NamedRows } from '../../columns/pending/pending-traces.ts';
import type { DirectSnapshot, PendingQuestion } from '../../write/protocol.ts';
import type { ReadContext, Row } from '../shared/context.ts';

/**
 * Runs `work` over the files of a tenant and signal and a reply from its pending rows, which are not written to a
 * file as for `withFiles`. The files are not removed until it ends.
 */
export async function withDirect<T>(
  { access }: ReadContext,
  tenant: string,
  signal: Signal,
  question: PendingQuestion,
  work: (snapshot: DirectSnapshot) => Promise<T>,
): Promise<T> {
  const snapshot: DirectSnapshot =
    (await access.direct?.(tenant, signal, question)) ??
    ({ ...(await access.snapshot(tenant, signal)), pending: undefined, reply: {} } as const);
  try {
    return await work(snapshot);
  } finally {
    access.release(snapshot);
  }
}

/** Converts rows by column to objects. */
export function rowObjects({ names, columns, rowCount }: NamedRows): readonly Row[] {
  return Array.from({ length: rowCount }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, columns[i]?.[row] ?? null])),
  );
}
