import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A reference to content by its digest (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [key: string]: unknown;
}

/** A layer, and the digest of its uncompressed bytes. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** Writes an image layout (OCI image specification 1.1, "Image Layout"). The same contents give the same digests. */
export class OciLayout {
  readonly #directory: string;

  /** Replaces the directory. */
  constructor(directory: string) {
    this.#directory = directory;
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
    writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  }

  blob(mediaType: string, content: Uint8Array | object): Descriptor {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    const hex = sha256(bytes);
    writeFileSync(join(this.#directory, 'blobs', 'sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  }

  /** Writes a directory as a layer whose files belong to `owner`. Needs GNU tar, which sorts and sets all metadata. */
  layer(directory: string, owner: number, epochSeconds: number): Layer {
    const args = ['--format=ustar', '--sort=name', `--mtime=@${epochSeconds}`, '--numeric-owner'];
    const { status, stdout, stderr } = spawnSync(
      'tar',
      [...args, `--owner=${owner}`, `--group=${owner}`, '-C', directory, '-c', '.'],
      { maxBuffer: 2 ** 31 - 1 },
    );
    if (status !== 0) throw new Error(`tar failed for ${directory}: ${stderr}`);
    const descriptor = this.blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(stdout, { level: 9 }));
    return { descriptor, diffId: `sha256:${sha256(stdout)}` };
  }

  /** Writes `index.json`, which names the image `tag`. */
  finish(manifests: readonly Descriptor[], referrers: readonly Descriptor[], tag: string): Descriptor {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const index = this.blob(mediaType, { schemaVersion: 2, mediaType, manifests });
    const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': tag } };
    const root = { schemaVersion: 2, mediaType, manifests: [named, ...referrers] };
    writeFileSync(join(this.#directory, 'index.json'), JSON.stringify(root));
    return index;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
