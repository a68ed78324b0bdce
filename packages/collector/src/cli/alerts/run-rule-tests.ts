import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileError, parseRuleFile, parseTestFile, type RuleGroup, runTestGroup } from '@otelier/alerting/rules';
import { type Diagnostic, wholeSource } from '../../config/config-error.ts';
import type { FileResult, TestResult } from '../test/run-files.ts';
import { matchingFiles } from './matching-files.ts';

/** Options for `runRuleTests`. */
export interface RuleTestOptions {
  /** Runs only tests whose names contain this. */
  readonly filter: string | undefined;
  readonly ignoreUnknownFields: boolean;
}

/** Runs the tests of a unit-test file of Prometheus, over the rule files that it names. */
export async function runRuleTests(
  file: string,
  { filter, ignoreUnknownFields }: RuleTestOptions,
): Promise<FileResult> {
  const read = await readText(file);
  if (typeof read !== 'string') return withErrors(file, [read]);
  const parsed = parseTestFile(read);
  if (!parsed.ok)
    return withErrors(
      file,
      parsed.errors.map((error) => diagnosticOf(file, error)),
    );
  const { rule_files: patterns, tests } = parsed.file;
  const errors: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const groups: RuleGroup[] = [];
  for (const [i, pattern] of patterns.entries()) {
    const names = await matchingFiles(join(dirname(file), pattern));
    if (names.length === 0) {
      const position = { source: file, ...parsed.positionOf(['rule_files', i]) };
      warnings.push({ severity: 'warning', position, path: '', message: `no file matches ${JSON.stringify(pattern)}` });
    }
    for (const name of names) {
      const rules = await readRules(name, ignoreUnknownFields);
      errors.push(...rules.errors);
      groups.push(...rules.groups);
    }
  }
  if (errors.length > 0) return { ...withErrors(file, errors), warnings };
  const results: TestResult[] = [];
  for (const [i, test] of tests.entries()) {
    const name = test.name ?? `test ${i + 1}`;
    if (filter !== undefined && !name.includes(filter)) continue;
    const started = performance.now();
    const failures = await runTestGroup(test, ['tests', i], parsed.file, groups);
    results.push({
      name,
      position: { source: file, ...parsed.positionOf(['tests', i]) },
      durationMillis: performance.now() - started,
      failures: failures.map(({ path, message, missing, unexpected }) => ({
        position: { source: file, ...parsed.positionOf(path) },
        message,
        differences: [
          ...missing.map((expected) => ({ path: 'missing', expected, actual: 'nothing' })),
          ...unexpected.map((actual) => ({ path: 'unexpected', expected: 'nothing', actual })),
        ],
      })),
      warnings: [],
    });
  }
  return { file, errors: [], warnings, tests: results, isStuck: false };
}

/** Reads the groups of a rule file, and its errors. */
export async function readRules(
  file: string,
  ignoreUnknownFields: boolean,
): Promise<{ readonly groups: readonly RuleGroup[]; readonly errors: readonly Diagnostic[] }> {
  const text = await readText(file);
  if (typeof text !== 'string') return { groups: [], errors: [text] };
  const parsed = parseRuleFile(text, { ignoreUnknownFields });
  if (parsed.ok) return { groups: parsed.groups, errors: [] };
  return { groups: [], errors: parsed.errors.map((error) => diagnosticOf(file, error)) };
}

async function readText(file: string): Promise<string | Diagnostic> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { severity: 'error', position: wholeSource(file), path: '', message };
  }
}

function diagnosticOf(source: string, { line, column, message }: FileError): Diagnostic {
  return { severity: 'error', position: { source, line, column }, path: '', message };
}

function withErrors(file: string, errors: readonly Diagnostic[]): FileResult {
  return { file, errors, warnings: [], tests: [], isStuck: false };
}
