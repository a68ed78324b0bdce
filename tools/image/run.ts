/**
 * Builds the image as an OCI layout, without a container engine: `node tools/image/run.ts [--out DIR] [--arch LIST]`
 * (default `dist/image`, `amd64,arm64`), or with `--root DIR` only its root file system. The page must be built.
 *
 * The layers are libraries of Debian (`deploy/image/base.json`, by digest), the Node of `package-lock.json`, and the
 * bundled program with its packages. The same commit gives the same digests; `SOURCE_DATE_EPOCH` replaces the time of the
 * commit. Needs Linux with GNU tar, xz and npm. `DEBIAN_MIRROR` is another mirror. Prints the digest and the sizes.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { IMAGE_CONFIG } from './image-config.ts';
import { type Descriptor, type Layer, OciLayout } from './oci-layout.ts';
import {
  ARCHITECTURES,
  type Architecture,
  type Base,
  install,
  USER,
  writeBase,
  writeNode,
  writeProgram,
  writeState,
} from './root-file-system.ts';
import { createSbom } from './sbom.ts';

const repository = join(import.meta.dirname, '..', '..');
const SBOM = 'application/spdx+json';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(repository, 'dist', 'image') },
    arch: { type: 'string', default: 'amd64,arm64' },
    root: { type: 'string' },
  },
});
const architectures = options.arch.split(',');
const unknown = architectures.find((name) => !(name in ARCHITECTURES));
if (unknown !== undefined || (options.root !== undefined && architectures.length > 1)) {
  const expected = options.root === undefined ? 'amd64, arm64 or both' : 'amd64 or arm64';
  process.stderr.write(`--arch: expected ${expected}, got ${options.arch}\n`);
  process.exit(2);
}
const epochSeconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? git('log', '-1', '--format=%ct'));
const { version } = JSON.parse(readFileSync(join(repository, 'packages/collector/package.json'), 'utf8'));
const base: Base = JSON.parse(readFileSync(join(repository, 'deploy/image/base.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'otelier-image-'));
const PARTS = ['base', 'state', 'node', 'program'] as const;
try {
  if (options.root === undefined) await buildLayout(new OciLayout(resolve(options.out)));
  else {
    const { directories } = await assemble(architectures[0] as Architecture);
    for (const name of PARTS) cpSync(directories[name], options.root, { recursive: true, verbatimSymlinks: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function buildLayout(layout: OciLayout): Promise<void> {
  const images: Descriptor[] = [];
  const sboms: Descriptor[] = [];
  for (const architecture of architectures as readonly Architecture[]) {
    const { directories, document } = await assemble(architecture);
    const layers = PARTS.map((name) => layout.layer(directories[name], name === 'state' ? USER : 0, epochSeconds));
    const image = writeManifest(layout, architecture, layers);
    images.push(image);
    sboms.push(writeSbom(layout, image, document));
    const compressedBytes = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    process.stdout.write(`${JSON.stringify({ architecture, digest: image.digest, compressedBytes })}\n`);
  }
  const { digest } = layout.finish(images, sboms, version);
  process.stdout.write(`${JSON.stringify({ image: digest, directory: resolve(options.out) })}\n`);
}

/** The contents of an image, in a directory for each layer. */
interface Assembled {
  readonly directories: Readonly<Record<(typeof PARTS)[number], string>>;
  readonly document: object;
}

async function assemble(architecture: Architecture): Promise<Assembled> {
  const part = (name: string) => {
    const directory = join(scratch, architecture, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  };
  const directories = { base: part('base'), state: part('state'), node: part('node'), program: part('program') };
  const installed = join(scratch, architecture, 'installed');
  install(repository, installed, architecture);
  const cache = join(repository, 'node_modules', '.cache', 'otelier-image');
  const debian = await writeBase(directories.base, base, architecture, cache);
  writeState(directories.state);
  writeNode(directories.node, installed, architecture);
  await writeProgram(directories.program, repository, installed);
  const nodeVersion = lockedVersion(`node_modules/node-linux-${ARCHITECTURES[architecture]}`);
  const document = createSbom({ version, nodeVersion, architecture, debian, installed, epochSeconds });
  writeFileSync(join(directories.program, 'app', 'sbom.spdx.json'), JSON.stringify(document));
  return { directories, document };
}

/** Writes the bill of materials as an artifact that refers to the image. */
function writeSbom(layout: OciLayout, image: Descriptor, document: object): Descriptor {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = layout.blob(mediaType, {
    schemaVersion: 2,
    mediaType,
    artifactType: SBOM,
    config: layout.blob('application/vnd.oci.empty.v1+json', {}),
    layers: [layout.blob(SBOM, document)],
    subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
  });
  return { ...manifest, artifactType: SBOM };
}

function writeManifest(layout: OciLayout, architecture: Architecture, layers: readonly Layer[]): Descriptor {
  const created = new Date(epochSeconds * 1000).toISOString();
  const labels = {
    'org.opencontainers.image.title': 'otelier',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': git('rev-parse', 'HEAD'),
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  const config = layout.blob('application/vnd.oci.image.config.v1+json', {
    created,
    architecture,
    os: 'linux',
    ...(architecture === 'arm64' && { variant: 'v8' }),
    config: { ...IMAGE_CONFIG, Labels: labels },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: ['libraries', 'directories', 'Node.js', 'otelier'].map((name) => ({ created, created_by: name })),
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = layout.blob(mediaType, {
    schemaVersion: 2,
    mediaType,
    config,
    layers: layers.map(({ descriptor }) => descriptor),
    annotations: labels,
  });
  return { ...manifest, platform: { architecture, os: 'linux', ...(architecture === 'arm64' && { variant: 'v8' }) } };
}

function lockedVersion(path: string): string {
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  return lock.packages[path].version;
}

function git(...args: readonly string[]): string {
  if (!existsSync(join(repository, '.git')))
    throw new Error('expected a clone of the repository, or SOURCE_DATE_EPOCH');
  return spawnSync('git', args, { cwd: repository, encoding: 'utf8' }).stdout.trim();
}
