import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Control } from './debian.ts';

/** An entry of `package-lock.json`, as npm writes it to `node_modules/.package-lock.json`. */
interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

/** What an image contains. */
export interface Contents {
  readonly version: string;
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly debian: readonly Control[];
  /** The directory whose `node_modules` npm has installed. */
  readonly installed: string;
  /** The time that the document carries. */
  readonly epochSeconds: number;
}

/** Returns the bill of materials of an image (SPDX 2.3, JSON). */
export function createSbom({ version, nodeVersion, architecture, debian, installed, epochSeconds }: Contents): object {
  const lock = JSON.parse(readFileSync(join(installed, 'node_modules', '.package-lock.json'), 'utf8'));
  const npm = Object.entries(lock.packages as Readonly<Record<string, LockedPackage>>)
    .filter(([path, { link }]) => link !== true && path.includes('node_modules/'))
    .map(([path, { version: installedVersion = '', license, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        name,
        version: installedVersion,
        license: license ?? 'NOASSERTION',
        purl: `pkg:npm/${name.replace('@', '%40')}@${installedVersion}`,
        ...(integrity !== undefined && {
          sha512: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex'),
        }),
      };
    });
  const parts = [
    { name: 'node', version: nodeVersion, license: 'MIT', purl: `pkg:generic/node@${nodeVersion}` },
    ...debian.map(({ name, version: debianVersion }) => ({
      name,
      version: debianVersion,
      license: 'NOASSERTION',
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(debianVersion)}?arch=${architecture}`,
    })),
    ...npm,
  ];
  const packages = [{ name: 'otelier', version, license: 'Apache-2.0', purl: `pkg:npm/otelier@${version}` }, ...parts];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `otelier-${version}-${architecture}`,
    documentNamespace: `https://spdx.org/spdxdocs/otelier-${version}-${architecture}-${epochSeconds}`,
    creationInfo: {
      created: new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z'),
      creators: ['Tool: otelier/tools/image'],
    },
    packages: packages.map((part, index) => ({
      SPDXID: idOf(index),
      name: part.name,
      versionInfo: part.version,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: part.license,
      copyrightText: 'NOASSERTION',
      ...('sha512' in part && { checksums: [{ algorithm: 'SHA512', checksumValue: part.sha512 }] }),
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: part.purl }],
    })),
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', idOf(0)),
      ...parts.map((_, index) => relationship(idOf(0), 'CONTAINS', idOf(index + 1))),
    ],
  };
}

function idOf(index: number): string {
  return `SPDXRef-Package-${index}`;
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
