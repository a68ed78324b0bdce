import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { IMAGE_CONFIG } from './image-config.ts';
import { OciLayout } from './oci-layout.ts';

const root = join(import.meta.dirname, '..', '..');

test('the Dockerfile runs the image as the layout does', () => {
  const text = readFileSync(join(root, 'deploy/image/Dockerfile'), 'utf8');
  const lines = text.slice(text.indexOf('FROM scratch')).split('\n');
  const valuesOf = (instruction: string) =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));
  const listOf = (instruction: string) => JSON.parse(valuesOf(instruction)[0] ?? '');
  assert.deepEqual(valuesOf('USER'), [IMAGE_CONFIG.User]);
  assert.deepEqual(valuesOf('ENV'), IMAGE_CONFIG.Env);
  assert.deepEqual(listOf('ENTRYPOINT'), IMAGE_CONFIG.Entrypoint);
  assert.deepEqual(listOf('CMD'), IMAGE_CONFIG.Cmd);
  assert.deepEqual(valuesOf('WORKDIR'), [IMAGE_CONFIG.WorkingDir]);
  assert.deepEqual(valuesOf('VOLUME'), Object.keys(IMAGE_CONFIG.Volumes));
  assert.deepEqual(valuesOf('STOPSIGNAL'), [IMAGE_CONFIG.StopSignal]);
  const ports = (valuesOf('EXPOSE')[0] ?? '').split(' ').map((port) => `${port}/tcp`);
  assert.deepEqual(ports, Object.keys(IMAGE_CONFIG.ExposedPorts));
  const check = valuesOf('HEALTHCHECK')[0] ?? '';
  assert.deepEqual(['CMD', ...JSON.parse(check.slice(check.indexOf('[')))], IMAGE_CONFIG.Healthcheck.Test);
  const compose = parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8'));
  assert.deepEqual(compose.services.otelier.healthcheck.test, IMAGE_CONFIG.Healthcheck.Test);
});

test('the files of a layer give one digest, whatever their times, order and the layout before', {
  skip: process.platform !== 'linux',
}, (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'otelier-image-test-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  const build = (names: readonly string[], seconds: number) => {
    const directory = join(scratch, `files-${seconds}`);
    mkdirSync(join(directory, 'd'), { recursive: true, mode: 0o755 });
    for (const name of names) {
      const file = join(directory, 'd', name);
      writeFileSync(file, name);
      chmodSync(file, 0o644);
      utimesSync(file, seconds, seconds);
    }
    const output = join(scratch, 'layout');
    const layout = new OciLayout(output);
    const layer = layout.layer(directory, 7, 1_000);
    layout.finish([layer.descriptor], [], '1.2.3');
    return { layer, output };
  };
  const { layer } = build(['a', 'b', 'ü'], 5);
  const again = build(['ü', 'b', 'a'], 9);
  assert.deepEqual(again.layer, layer);
  const blobs = globSync('blobs/sha256/*', { cwd: again.output });
  assert.equal(blobs.length, 2, 'the blobs of the layout before are gone');
  const hex = layer.descriptor.digest.slice('sha256:'.length);
  const tar = gunzipSync(readFileSync(join(again.output, 'blobs/sha256', hex))).toString('latin1');
  // The header of the first file (POSIX, "ustar Interchange Format"): owner and time are octal numbers.
  const header = tar.slice(tar.indexOf('./d/a'));
  assert.equal(Number.parseInt(header.slice(108, 115), 8), 7);
  assert.equal(Number.parseInt(header.slice(136, 147), 8), 1_000);
  const index = JSON.parse(readFileSync(join(again.output, 'index.json'), 'utf8'));
  assert.equal(index.manifests[0].annotations['org.opencontainers.image.ref.name'], '1.2.3');
});

test('the compose file starts what exists, with variables that the image knows', () => {
  const directory = join(root, 'deploy');
  const { services } = parse(readFileSync(join(directory, 'compose.yaml'), 'utf8'));
  const dockerfile = readFileSync(join(directory, 'image/Dockerfile'), 'utf8');
  const config = readFileSync(join(directory, 'image/config.yaml'), 'utf8');
  for (const name of Object.keys(services.otelier.environment)) assert.ok(config.includes(`\${env:${name}`), name);
  for (const { build } of [services.otelier, services.shop]) {
    assert.equal(join(directory, build.context, build.dockerfile), join(directory, 'image/Dockerfile'));
    assert.ok(build.target === undefined || dockerfile.includes(` AS ${build.target}\n`), build.target);
  }
  assert.ok(existsSync(join(root, services.shop.command[1])));
  for (const volume of services.grafana.volumes) assert.ok(existsSync(join(directory, volume.split(':')[0])), volume);
  for (const port of services.otelier.ports) {
    const [address, , inside] = port.split(':');
    assert.equal(address, '127.0.0.1');
    assert.ok(`${inside}/tcp` in IMAGE_CONFIG.ExposedPorts, port);
  }
});
