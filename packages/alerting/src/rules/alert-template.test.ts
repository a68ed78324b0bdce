import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@otelier/query/promql';
import { compileAlertTemplate } from './alert-template.ts';

/** Expands a template for a value. */
function expand(text: string, value = 0, query = async () => [] as const): Promise<string> {
  const labels = Labels.from([['instance', 'db-1.example.com:5432']]);
  const environment = { externalLabels: {}, externalUrl: 'http://otelier.example/prefix/', query };
  return compileAlertTemplate(text)({ labels, value, timeMillis: 1_700_000_000_500, environment });
}

// Expected results are those of Prometheus 3.15.1, except that the URL is ours.
for (const [text, value, expected] of [
  ['{{ $value }}', 1_000_000, '1e+06'],
  ['{{ $value }}', 123_456.5, '123456.5'],
  ['{{ $value }}', 0.000_01, '1e-05'],
  ['{{ humanize $value }}', 1_234_567, '1.235M'],
  ['{{ humanize $value }}', 0.001_2, '1.2m'],
  ['{{ humanize $value }}', 0, '0'],
  ['{{ humanize1024 $value }}', 1_048_576, '1Mi'],
  ['{{ humanizeDuration $value }}', 93_784, '1d 2h 3m 4s'],
  ['{{ humanizeDuration $value }}', -3_600.5, '-1h 0m 0s'],
  ['{{ humanizeDuration $value }}', 59.123_4, '59.12s'],
  ['{{ humanizeDuration $value }}', 0.002, '2ms'],
  ['{{ humanizePercentage $value }}', 0.123_456, '12.35%'],
  ['{{ humanizeTimestamp $value }}', 1_435_065_584.128, '2015-06-23 13:19:44.128 +0000 UTC'],
  ['{{ humanize "3000" }}', 0, '3k'],
  ['{{ humanize $value }}', Number.NaN, 'NaN'],
  ['{{ $value }}', Number.NEGATIVE_INFINITY, '-Inf'],
  ['{{ stripPort $labels.instance }}', 0, 'db-1.example.com'],
  ['{{ stripDomain $labels.instance }}', 0, 'db-1:5432'],
  ['{{ stripDomain "10.0.0.1:80" }}', 0, '10.0.0.1:80'],
  ['{{ $labels.missing }}|{{ .Labels.instance | reReplaceAll "(.*)-([0-9]).*" "$2-$1" }}', 0, '|1-db'],
  ['{{ if match "^db" $labels.instance }}database{{ else }}other{{ end }}', 0, 'database'],
  ['{{ "the quick fox" | title }} {{ toUpper "a" }}', 0, 'The Quick Fox A'],
  ['{{ parseDuration "1h30m" }} {{ toDuration 90.5 }}', 0, '5400 1m30.5s'],
  ['{{ printf "%.2f %05.1f %s" $value $value "x" }}', 2.345_6, '2.35 002.3 x'],
  ['{{ now }} {{ pathPrefix }} {{ externalURL }}', 0, '1.7000000005e+09 /prefix http://otelier.example/prefix/'],
  ['{{ eq $value 7.0 }} {{ eq 7 7 }} {{ index "abc" 1 }}', 7, 'true true 98'],
  ['{{ with args 1 "b" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}', 0, '1b<no value>'],
  ['{{ query "up" | len }}{{ range query "up" }}x{{ else }} none{{ end }}', 0, '0 none'],
] as const) {
  test(`${text} of ${value} is ${expected}`, async () => {
    assert.equal(await expand(text, value), expected);
  });
}

test('reports errors of templates and of their queries', async () => {
  assert.throws(() => compileAlertTemplate('{{ $value '), /unclosed action/);
  assert.throws(() => compileAlertTemplate('{{ unknown }}'), /function "unknown" not defined/);
  assert.throws(() => compileAlertTemplate('{{ $other }}'), /undefined variable "\$other"/);
  await assert.rejects(expand('{{ first (query "up") }}'), /first\(\) called on vector with no elements/);
  await assert.rejects(expand('{{ humanize "many" }}'), /expected a number, got "many"/);
  const broken = async () => {
    throw new Error('the store is closed');
  };
  await assert.rejects(expand('{{ query "up" }}', 0, broken), /the store is closed/);
});
