/** A schema version. */
export interface SchemaVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** A schema URL, split into its family (the URL without the version) and version. */
export interface SchemaUrl {
  readonly family: string;
  readonly version: SchemaVersion;
}

/** Parses a schema URL such as `https://opentelemetry.io/schemas/1.26.0`. Throws if it is malformed. */
export function parseSchemaUrl(text: string): SchemaUrl {
  const found = /^(https?:\/\/[^/?#]+(?:\/[^?#]*)?)\/([^/?#]+)$/.exec(text);
  const version = found?.[2] === undefined ? undefined : parseVersion(found[2]);
  if (found?.[1] === undefined || version === undefined)
    throw new Error(`expected a schema URL such as https://opentelemetry.io/schemas/1.26.0, got "${text}"`);
  return { family: found[1].replace(/(?<!:)\/{2,}/g, '/').replace(/\/$/, ''), version };
}

/** Parses a version such as `1.26.0`. */
export function parseVersion(text: string): SchemaVersion | undefined {
  const found = /^([+-]?\d{1,15})\.([+-]?\d{1,15})\.([+-]?\d{1,15})$/.exec(text);
  if (found === null) return undefined;
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map(Number);
  return { major, minor, patch };
}

/** Compares versions: negative if `a` is older. */
export function compareVersions(a: SchemaVersion, b: SchemaVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Formats a version. */
export function formatVersion({ major, minor, patch }: SchemaVersion): string {
  return `${major}.${minor}.${patch}`;
}

/** Returns the schema URL for a version of a family. */
export function formatSchemaUrl({ family, version }: SchemaUrl): string {
  return `${family}/${formatVersion(version)}`;
}
