/**
 * Loads public Collector configurations. Prints those that load, and the features that others require, by frequency:
 *
 *     node test/interop/configurations/load.ts DIR [LIST]
 *
 * DIR contains a clone of each repository, named `owner+name` or `owner+name/repo`. LIST is `configurations` or `general`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../packages/collector/src/index.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';

interface PublicConfiguration {
  readonly repository: string;
  readonly commit: string;
  readonly path: string;
  /** Hash of the file. */
  readonly sha256: string;
}

const VARIABLE = /\$\{(?:env:)?([A-Za-z_]\w*)/g;

async function check(directory: string, name: string): Promise<void> {
  const file = new URL(`${name}.json`, import.meta.url);
  const list = JSON.parse(readFileSync(file, 'utf8')) as PublicConfiguration[];
  const lacking = new Map<string, number>();
  let loaded = 0;
  for (const configuration of list) {
    const { repository, path } = configuration;
    const text = textOf(directory, configuration);
    const [first, second] = await Promise.all(
      ADDRESSES.map((address) =>
        loadConfig({ sources: [{ name: path, text }], environment: variablesOf(text, address), registry }),
      ),
    );
    const result = second?.ok === true ? second : first;
    if (result === undefined) continue;
    if (result.ok) loaded++;
    else {
      console.log(`${repository} ${path}`);
      for (const { path: keys = '', message } of result.errors) {
        console.log(`  ${keys}: ${message}`);
        const subject = keys.split('.').slice(0, 2).join('.').replace(/\/.*/, '');
        lacking.set(subject, (lacking.get(subject) ?? 0) + 1);
      }
    }
  }
  for (const [subject, count] of [...lacking].sort(([, left], [, right]) => right - left)) console.log(count, subject);
  console.log(`${loaded} of ${list.length} load`);
}

function textOf(directory: string, { repository, commit, path, sha256 }: PublicConfiguration): string {
  const clone = join(directory, repository.replace('/', '+'));
  const nested = join(clone, 'repo');
  const bytes = execFileSync('git', ['-C', existsSync(nested) ? nested : clone, 'show', `${commit}:${path}`]);
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== sha256) throw new Error(`${repository} ${path}: expected the hash ${sha256}, got ${hash}`);
  return bytes.toString();
}

/** What variables contain that stand for an address: their users know whether it is a URL. */
const ADDRESSES = ['http://localhost:4321', 'localhost:4321'];

/** Returns values for the environment variables that a configuration refers to. */
function variablesOf(text: string, address: string): Record<string, string> {
  const endpoints = new Set(
    [...text.matchAll(/endpoint:\s*["']?\$\{(?:env:)?([A-Za-z_]\w*)\}/g)].map(([, name]) => name),
  );
  return Object.fromEntries(
    [...text.matchAll(VARIABLE)].map(([, name = '']) => [
      name,
      endpoints.has(name) ? address : variableOf(name, address),
    ]),
  );
}

function variableOf(name: string, address: string): string {
  if (/PORT|LIMIT|SIZE|COUNT/.test(name)) return '4321';
  return /ENDPOINT|URL|ADDRESS/.test(name) ? address : 'x';
}

await check(process.argv[2] ?? '.', process.argv[3] ?? 'configurations');
