import { fstatSync, readFileSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ValueMap } from '../../ottl/values/value.ts';
import type { FileLogConfig } from './config.ts';
import type { LogFile } from './log-file.ts';

/** Returns the attributes that describe a file, as configured. */
export function fileAttributes(file: LogFile, config: FileLogConfig): ValueMap {
  const { path } = file;
  const attributes: ValueMap = new Map();
  if (config.includeFileName) attributes.set('log.file.name', basename(path));
  if (config.includeFilePath) attributes.set('log.file.path', path);
  if (config.includeFileOwnerName || config.includeFileOwnerGroupName || config.includeFilePermissions) {
    const { uid, gid, mode } = fstatSync(file.descriptor);
    if (config.includeFileOwnerName) attributes.set('log.file.owner.name', nameOf('/etc/passwd', uid));
    if (config.includeFileOwnerGroupName) attributes.set('log.file.owner.group.name', nameOf('/etc/group', gid));
    if (config.includeFilePermissions)
      attributes.set('log.file.permissions', (mode & 0o777).toString(8).padStart(4, '0'));
  }
  if (config.includeFileNameResolved || config.includeFilePathResolved) {
    const resolved = resolvedPath(path);
    if (config.includeFileNameResolved) attributes.set('log.file.name_resolved', basename(resolved));
    if (config.includeFilePathResolved) attributes.set('log.file.path_resolved', resolved);
  }
  return attributes;
}

function resolvedPath(path: string): string {
  try {
    return resolve(realpathSync(path));
  } catch {
    return resolve(path);
  }
}

/** Returns the name of a user or group, or its number if the machine does not know it. */
function nameOf(database: string, id: number): string {
  try {
    for (const line of readFileSync(database, 'utf8').split('\n')) {
      const [name = '', , number] = line.split(':');
      if (Number(number) === id && number !== '') return name;
    }
  } catch {
    // Machines without this file identify users elsewhere.
  }
  return String(id);
}
