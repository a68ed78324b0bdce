import { type ConfigIssue, type ConfigUse, otherExtensions } from '../define.ts';
import type { Host } from '../host.ts';
import type { StorageExtension } from './contract.ts';

/** Returns the storage extension with an ID. Throws if no started extension with this ID offers storage. */
export function storageOf(id: string, host: Host): StorageExtension {
  const offers = host.extension(id)?.offers;
  if (isStorage(offers)) return offers;
  throw new Error(`storage: expected a storage extension in service.extensions, got "${id}"`);
}

/** Reports a field `storage` that names no storage extension of the service. */
export function checkStorage(id: string | undefined, path: readonly string[], use: ConfigUse): ConfigIssue[] {
  if (id === undefined) return [];
  const storages = otherExtensions(id, use, ({ offersStorage }) => offersStorage);
  if (storages === undefined) return [];
  const choice = storages.length === 0 ? 'such as `file_storage`' : `(${storages.map((one) => `"${one}"`).join(', ')})`;
  return [{ path, message: `expected a storage extension of service.extensions ${choice}, got "${id}"` }];
}

function isStorage(value: unknown): value is StorageExtension {
  return typeof value === 'object' && value !== null && 'openQueue' in value && 'openState' in value;
}
