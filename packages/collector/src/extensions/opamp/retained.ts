import type { RemoteFile } from '../../component/host.ts';
import { z } from '../../component/schema.ts';
import type { StateFile } from '../../component/storage/contract.ts';
import { APPLY_STATUS, type RemoteConfigStatus } from './messages.ts';

/** What an agent keeps over restarts of the process. */
export interface RetainedState {
  readonly instanceUid?: string | undefined;
  /** The remote configuration that was applied last. */
  readonly remote?: readonly RemoteFile[] | undefined;
  readonly status?: { readonly hash: string; readonly status: number; readonly error?: string | undefined } | undefined;
}

const schema = z.object({
  instanceUid: z.string().optional(),
  remote: z.array(z.object({ name: z.string(), text: z.string() })).optional(),
  status: z.object({ hash: z.string(), status: z.number(), error: z.string().optional() }).optional(),
});

/** Reads the state from a file. Returns an empty one if it has none that can be read. */
export function readRetained(file: StateFile | undefined): RetainedState {
  if (file?.value === undefined) return {};
  try {
    return schema.parse(JSON.parse(Buffer.from(file.value).toString('utf8')));
  } catch {
    return {};
  }
}

/** Encodes the state for a file. */
export function encodeRetained(state: RetainedState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** Returns a status to report from one that was kept. One that was not final is unknown. */
export function statusFrom({ status }: RetainedState): RemoteConfigStatus {
  if (status === undefined || status.status === APPLY_STATUS.applying) return {};
  return {
    lastRemoteConfigHash: Buffer.from(status.hash, 'hex'),
    status: status.status,
    ...(status.error !== undefined && { errorMessage: status.error }),
  };
}
