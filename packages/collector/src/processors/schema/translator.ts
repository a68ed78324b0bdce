import type { SchemaFile } from './file-format.ts';
import { reverted, type Step, stepOf, stepOfRegistry } from './steps.ts';
import { compareVersions, formatVersion, parseVersion, type SchemaVersion } from './version.ts';

/** The target of a schema family. */
export interface Target {
  readonly url: string;
  readonly version: SchemaVersion;
  /** Attributes renamed between this version and the target are kept. */
  readonly migrateFrom: SchemaVersion | undefined;
}

/** The changes from a version to the target. `none` means that nothing changes or the version is unknown. */
export interface Translation {
  readonly kind: 'apply' | 'revert' | 'none';
  readonly targetUrl: string;
  readonly steps: readonly Step[];
}

/** The changes in a schema file. */
export interface Translator {
  /** Reports whether the file describes a version. */
  supports(version: SchemaVersion): boolean;
  translationFrom(version: SchemaVersion): Translation;
}

/** Creates a translator from a schema file. Throws if the file has an invalid version or change. */
export function createTranslator(file: Exclude<SchemaFile, { kind: 'manifest' }>, target: Target): Translator {
  return file.kind === 'resolved'
    ? registryTranslator(stepOfRegistry(file.registry, target.migrateFrom !== undefined), target)
    : versionsTranslator(file, target);
}

/** Creates a translator for a resolved registry, which has a single step from any older version to its own. */
function registryTranslator(step: Step, target: Target): Translator {
  return {
    supports: () => true,
    translationFrom: (version) => translation(compareVersions(version, target.version), [step], target),
  };
}

function versionsTranslator({ versions }: Extract<SchemaFile, { kind: 'versions' }>, target: Target): Translator {
  const revisions = Object.entries(versions)
    .map(([text, changes]) => {
      const version = parseVersion(text);
      if (version === undefined) throw new Error(`versions: expected a version such as 1.26.0, got "${text}"`);
      return { version, step: stepOf(changes, isMigrated(version, target)) };
    })
    .sort((a, b) => compareVersions(a.version, b.version));
  const indexes = new Map(revisions.map(({ version }, index) => [formatVersion(version), index]));
  const supports = (version: SchemaVersion): boolean => indexes.has(formatVersion(version));
  return {
    supports,
    translationFrom(version) {
      if (!supports(version)) return translation(0, [], target);
      const from = indexes.get(formatVersion(version)) ?? 0;
      // As in the Collector, a target that the file does not contain is treated as its first version.
      const to = indexes.get(formatVersion(target.version)) ?? 0;
      const order = compareVersions(version, target.version);
      const between =
        order < 0 ? revisions.slice(from + 1, to >= from + 1 ? to + 1 : undefined) : revisions.slice(to + 1, from + 1);
      return translation(
        order,
        between.map(({ step }) => step),
        target,
      );
    },
  };
}

/** Reports whether a version's changes lie between the version to migrate from and the target. */
function isMigrated(version: SchemaVersion, { version: target, migrateFrom }: Target): boolean {
  if (migrateFrom === undefined) return false;
  const [lower, upper] = compareVersions(target, migrateFrom) < 0 ? [target, migrateFrom] : [migrateFrom, target];
  return compareVersions(lower, version) < 0 && compareVersions(version, upper) <= 0;
}

function translation(order: number, steps: readonly Step[], target: Target): Translation {
  if (order === 0) return { kind: 'none', targetUrl: target.url, steps: [] };
  return order < 0
    ? { kind: 'apply', targetUrl: target.url, steps }
    : { kind: 'revert', targetUrl: target.url, steps: [...steps].reverse().map(reverted) };
}
