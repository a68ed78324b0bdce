/** Recording and alerting rules of Prometheus, and their unit tests. */
export type { FileError, PositionOf } from './read-yaml.ts';
export { parseRuleFile, type RuleFile, type RuleFileOptions, type RuleGroup } from './rule-file.ts';
export { type RuleTestFailure, runTestGroup } from './unit-test/run-tests.ts';
export { type ParsedTests, parseTestFile, type RuleTestFile } from './unit-test/test-file.ts';
