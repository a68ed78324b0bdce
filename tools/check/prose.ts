/**
 * Finds retired words in identifiers, comments, messages, documents and file names; see `retired-words.ts`.
 *
 *   node tools/check/prose.ts [PATH ...]      default: all files tracked by git
 *   node tools/check/prose.ts --summary       hits by word and directory
 *
 * Exits with status 1 if there are any.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRetiredWords, type Hit } from './find-retired-words.ts';

/**
 * File types to check, and files to skip because they discuss the words themselves or contain text from other sources.
 */
const READ = /\.(ts|tsx|mjs|js|css|sql|md|html)$/;
const SKIPPED =
  /^(tools\/check\/(retired-words|find-retired-words\.test)\.ts|docs\/glossary\.md|test\/interop\/(sdks|collector)\/|packages\/collector\/src\/functions\/attribute-names\.generated\.ts|packages\/collector\/src\/senders\/deprecated-names\.generated\.ts|bench\/results\/)/;

const root = join(import.meta.dirname, '..', '..');
const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith('--'));
const hits = trackedFiles(paths).flatMap((path) => findRetiredWords(path, readFileSync(join(root, path), 'utf8')));
if (args.includes('--summary')) printSummary(hits);
else for (const hit of hits) print(`${hit.path}:${hit.line}: "${hit.found}" is retired (${hit.scope}), use ${hit.use}`);
print(`${hits.length} retired words`);
process.exitCode = hits.length === 0 ? 0 : 1;

function trackedFiles(paths: readonly string[]): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--', ...paths], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return output.split('\0').filter((path) => READ.test(path) && !SKIPPED.test(path) && existsSync(join(root, path)));
}

function printSummary(hits: readonly Hit[]): void {
  const counts = new Map<string, number>();
  for (const { found, path } of hits) {
    const key = `${found.toLowerCase()}  ${path.split('/').slice(0, 3).join('/')}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1])) print(`${String(count).padStart(5)}  ${key}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
