/**
 * Chooses the configurations of `general.json` and `refused.json`, without regard to what otelier does with them:
 *
 *     node test/interop/configurations/choose.ts DIR COLLECTOR
 *
 * Candidates are the files of the clones in DIR whose components all are in the program COLLECTOR (`go/`). Of each repository,
 * the first eight by the order of their hashes count. The listed ones come first, then the others by repository and path,
 * until the Collector accepts 60. Those that it refuses are listed with its message.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  cloneOf,
  git,
  type PublicConfiguration,
  type RefusedConfiguration,
  readList,
  sha256Of,
  textOf,
} from './clones.ts';
import { environmentsOf } from './values.ts';

const WANTED = 60;
const MAX_OF_REPOSITORY = 8;
const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;

const [directory = '.', collector = ''] = process.argv.slice(2);
const known = knownComponents();
const listed = [...readList('general'), ...readList<RefusedConfiguration>('refused')].sort(byPlace);
const isListed = new Set(listed.map(placeOf));
const counts = new Map<string, number>();
const candidates = [...listed, ...readdirSync(directory).sort().flatMap(candidatesOf)].filter(({ repository }) => {
  const count = (counts.get(repository) ?? 0) + 1;
  counts.set(repository, count);
  return count <= MAX_OF_REPOSITORY;
});
const general: PublicConfiguration[] = [];
const refused: RefusedConfiguration[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'otelier-configurations-'));
for (const { repository, commit, path, sha256 } of candidates) {
  if (general.length === WANTED) break;
  const entry = { repository, commit, path, sha256 };
  const message = errorOf(textOf(directory, entry));
  if (message === undefined) general.push(entry);
  else if (isListed.has(placeOf(entry))) refused.push({ ...entry, collector: message });
}
rmSync(scratch, { recursive: true });
for (const [name, list] of Object.entries({ general, refused }))
  writeFileSync(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(list.sort(byPlace), undefined, 2)}\n`);
console.log(`${general.length} accepted, ${refused.length} refused`);

function placeOf({ repository, path }: PublicConfiguration): string {
  return `${repository} ${path}`;
}

function byPlace(left: PublicConfiguration, right: PublicConfiguration): number {
  return placeOf(left) < placeOf(right) ? -1 : 1;
}

/** Types of the components of the Collector, such as `receivers.otlp`. */
function knownComponents(): ReadonlySet<string> {
  const { stdout } = spawnSync(collector, ['components'], { encoding: 'utf8' });
  const types = new Set<string>();
  let section = '';
  for (const line of stdout.split('\n')) {
    section = /^(\w+):/.exec(line)?.[1] ?? section;
    const name = /^ {4}- name: (\w+)/.exec(line)?.[1];
    if (name !== undefined) types.add(`${section}.${name}`);
  }
  // The former names of components.
  for (const name of ['otlp', 'otlphttp']) types.add(`exporters.${name}`);
  for (const name of ['filelog', 'hostmetrics', 'httpcheck', 'kafkametrics']) types.add(`receivers.${name}`);
  for (const name of ['file_log', 'host_metrics', 'http_check', 'kafka_metrics']) types.add(`receivers.${name}`);
  return types;
}

/** Returns the configurations of a clone that are not listed, by the order of their hashes. */
function candidatesOf(clone: string): readonly PublicConfiguration[] {
  const repository = clone.replace('+', '/');
  const path = cloneOf(directory, repository);
  try {
    const commit = git(path, 'rev-parse', 'HEAD').toString().trim();
    const found = git(path, 'grep', '-l', '-E', '^ *pipelines:', commit, '--', '*.yaml', '*.yml').toString();
    return found
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice(commit.length + 1))
      .map((file) => ({ repository, commit, path: file, bytes: git(path, 'show', `${commit}:${file}`) }))
      .filter(({ bytes }) => isGeneral(bytes.toString()))
      .map(({ bytes, ...rest }) => ({ ...rest, sha256: sha256Of(bytes) }))
      .filter((entry) => !isListed.has(placeOf(entry)))
      .sort((left, right) => (left.sha256 < right.sha256 ? -1 : 1))
      .slice(0, MAX_OF_REPOSITORY)
      .sort(byPlace);
  } catch {
    // A clone without such files, or none.
    return [];
  }
}

function isGeneral(text: string): boolean {
  const [document, ...more] = parseAllDocuments(text);
  if (document === undefined || more.length > 0 || !('toJS' in document) || document.errors.length > 0) return false;
  const root: unknown = document.toJS();
  if (typeof root !== 'object' || root === null || !('service' in root)) return false;
  const sections = root as Readonly<Record<string, unknown>>;
  const types = SECTIONS.flatMap((section) =>
    Object.keys(sections[section] ?? {}).map((id) => `${section}.${id.split('/')[0]}`),
  );
  return types.length > 0 && types.every((type) => known.has(type)) && 'receivers' in root && 'exporters' in root;
}

/** Returns why the Collector refuses a configuration, or `undefined` if it accepts it. */
function errorOf(text: string): string | undefined {
  const file = join(scratch, 'config.yaml');
  writeFileSync(file, text);
  let message = '';
  for (const environment of environmentsOf(text)) {
    const env = { PATH: process.env['PATH'] ?? '', ...environment };
    const { status, stderr } = spawnSync(collector, ['validate', '--config', file], { env, encoding: 'utf8' });
    if (status === 0) return undefined;
    message ||= stderr
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^\d{4}[-/]/.test(line))
      .map((line) => line.trim().replace(/\(valid values:.*?\)/, ''))
      .join(' ')
      .replaceAll(file, 'config.yaml');
  }
  return message;
}
