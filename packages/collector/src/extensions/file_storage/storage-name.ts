import { createHash } from 'node:crypto';
import type { StorageOwner } from '../../component/storage/contract.ts';

/** Ending of the directory of a queue whose records are not batches. */
export const RECORDS_SUFFIX = '.records';

/** Longest name of a file in most file systems, without space for an ending. */
const MAX_NAME_BYTES = 200;

/**
 * Returns the name of a component's files: `exporter_otlp_grpc~002Fbackup_traces`. Characters that are not safe in file
 * names are written as in the Collector. A name that is too long is a hash.
 */
export function storageName({ kind, id }: StorageOwner, name: string): string {
  const safe = [`${kind}_${id}_${name}`].join('').replace(/[^A-Za-z0-9._-]/gu, (character) => `~${hexOf(character)}`);
  return safe.length <= MAX_NAME_BYTES ? safe : `${kind}_${createHash('sha256').update(safe).digest('hex')}`;
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
