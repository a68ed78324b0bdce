import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ConfigIssue, ConfigUse, RunningComponent } from './define.ts';
import { errorMessage } from './error-message.ts';

/**
 * Runs the startup steps that only read files, and returns any error as an issue. A field name at the start of the
 * message, such as `tls.cert_file: `, is moved to the end of the path.
 */
export function issuesOf(run: () => unknown, path: ConfigIssue['path'] = []): readonly ConfigIssue[] {
  try {
    run();
    return [];
  } catch (error) {
    const [, place = '', message = ''] = /^(?:([a-z_]+(?:\.[a-z_]+)*): )?(.*)$/s.exec(errorMessage(error)) ?? [];
    return [{ path: [...path, ...place.split('.').filter((key) => key !== '')], message }];
  }
}

/**
 * Reports an issue if an earlier component of the same type opens the same path with different settings. Components
 * with equal settings share the file or directory.
 */
export function checkSharedPath<Key extends string>(
  config: Readonly<Record<Key, string>>,
  key: Key,
  { id, kind, type, running = [] }: ConfigUse,
): readonly ConfigIssue[] {
  const same = running.filter((component) => component.kind === kind && component.type === type);
  const earlier = same.slice(
    0,
    same.findIndex((component) => component.id === id),
  );
  const differs = (other: RunningComponent) =>
    resolve(String(other.config[key])) === resolve(config[key]) &&
    !isDeepStrictEqual({ ...other.config, [key]: '' }, { ...config, [key]: '' });
  const other = earlier.find(differs);
  if (other === undefined) return [];
  const message = `expected a path of its own, or the settings of "${other.id}", got "${config[key]}" with other settings`;
  return [{ path: [key], message }];
}
