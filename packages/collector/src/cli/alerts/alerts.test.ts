import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Console } from '../console.ts';
import { withTempDirectory } from '../otelier.testing.ts';
import { alertsCheckCommand, alertsTestCommand } from './command.ts';

/** Runs a command on files in a directory of its own, and returns what it prints. */
async function run(
  files: Readonly<Record<string, string>>,
  command: (path: (name: string) => string, console: Console) => Promise<void>,
): Promise<{ readonly lines: readonly string[]; readonly code: unknown }> {
  return await withTempDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    for (const [name, text] of Object.entries(files)) await writeFile(path(name), text);
    const lines: string[] = [];
    const print = (line: string) => lines.push(line.replaceAll(`${directory}/`, ''));
    const { exitCode } = process;
    try {
      const console: Console = { print, error: print, progress() {}, environment: {}, paint: (_, text) => text };
      await command(path, console);
      return { lines, code: process.exitCode };
    } finally {
      process.exitCode = exitCode;
    }
  });
}

const RULES = `groups:
  - name: instances
    labels: { team: web, severity: info }
    rules:
      - { record: 'job:up:sum', expr: 'sum by (job) (up)', labels: { kind: '1.10' } }
      - alert: Down
        expr: up == 0
        for: 2m
        keep_firing_for: 1m
        labels: { severity: page, zone: '{{ $externalLabels.zone }}' }
        annotations:
          summary: '{{ $labels.instance | stripPort }} of {{ $labels.job | toUpper }} is down, value {{ $value }}'
          total: '{{ with query "sum(up)" }}{{ . | first | value }} up{{ end }} of {{ query "up" | len }}'
          list: '{{ range sortByLabel "instance" (query "up") }}{{ .Labels.instance }}={{ .Value }} {{ end }}'
          link: '{{ $externalURL }}{{ "a b" | graphLink }}'
          broken: '{{ query "nothing" | first | value }}'
`;
const HEAD = `rule_files: ['*.rules.yml']
evaluation_interval: 1m
tests:
  - name: an instance is down
    external_labels: { zone: eu }
    external_url: http://otelier.example
    input_series:
      - { series: 'up{job="api", instance="b:80"}', values: '1 0 0 0 1 1 1' }
      - { series: 'up{job="api", instance="a:80"}', values: '1x6' }
`;
const ALERT = `          - exp_labels: { severity: page, team: web, zone: eu, job: api, instance: 'b:80' }
            exp_annotations:
              summary: b of API is down, value 0
              total: 1 up of 2
              list: 'a:80=1 b:80=0 '
              link: http://otelier.example/graph?g0.expr=a+b&g0.tab=0
              broken: '<error expanding template: first() called on vector with no elements>'
`;
const PASSES = `${HEAD}    alert_rule_test:
      - { eval_time: 2m, alertname: Down }
      - eval_time: 3m
        alertname: Down
        exp_alerts:
${ALERT}      - eval_time: 4m30s
        alertname: Down
        exp_alerts:
${ALERT}      - { eval_time: 5m, alertname: Down, exp_alerts: [] }
    promql_expr_test:
      - expr: job:up:sum
        eval_time: 2m
        exp_samples: [{ labels: 'job:up:sum{job="api", kind="1.10", severity="info", team="web"}', value: 1 }]
      - expr: ALERTS{alertstate="pending"} offset 3m
        eval_time: 5m
        exp_samples: [{ labels: 'ALERTS{alertname="Down", alertstate="pending", instance="b:80", job="api", severity="page", team="web", zone="eu"}', value: 1 }]
      - { expr: 'ALERTS', eval_time: 6m }
`;

test('runs unit tests of rules: labels, templates, queries in them, "for" and "keep_firing_for"', async () => {
  const files = { 'a.rules.yml': RULES, 'a.test.yml': PASSES };
  const { lines, code } = await run(files, (path, console) => alertsTestCommand([path('a.test.yml')], {}, console));
  assert.deepEqual([lines.at(-1), code], ['1 test: 1 passed', 0], lines.join('\n'));
});

test('names what is missing and what is not expected, with the place of the test', async () => {
  const wrong = PASSES.replace('severity: page, team', 'severity: info, team').replace('value: 1 }]', 'value: 2 }]');
  const files = { 'a.rules.yml': RULES, 'a.test.yml': wrong };
  const { lines, code } = await run(files, (path, console) => alertsTestCommand([path('*.test.yml')], {}, console));
  assert.equal(code, 1);
  const at = lines.findIndex((line) => line.includes('Down at 3m'));
  assert.match(lines[at] ?? '', /^ {4}a\.test\.yml:12:9: Down at 3m: expected 1 alert, got 1 that differs$/);
  assert.match(lines[at + 1] ?? '', /^ {6}missing: expected \{alertname="Down", .*severity="info".*got nothing$/);
  assert.match(lines[at + 2] ?? '', /^ {6}unexpected: expected nothing, got \{alertname="Down", .*severity="page"/);
  assert.ok(
    lines.some((line) => /a\.test\.yml:\d+:9: job:up:sum at 2m: expected 1 sample, got 1 that differs/.test(line)),
  );
});

test('a rule that fails ends the test with its error', async () => {
  const rules = `groups:
  - { name: g, limit: 1, rules: [{ record: r, expr: 'up' }, { record: s, expr: 'label_replace(up, "instance", "x", "", "")' }] }`;
  const test = `${HEAD}    promql_expr_test: [{ expr: '1', exp_samples: [{ value: 1 }] }]\n`;
  const files = { 'a.rules.yml': rules, 'a.test.yml': test };
  const { lines } = await run(files, (path, console) => alertsTestCommand([path('a.test.yml')], {}, console));
  const text = lines.join('\n');
  assert.match(text, /rule r at 0s: exceeded limit of 1 with 2 series/);
  assert.match(text, /rule s at 0s: .*vector cannot contain metrics with the same labelset/);
});

test('prints the errors of rule files with their positions, and counts the rules of others', async () => {
  const bad = `groups:
  - name: g
    interval: 5 minutes
    rules: []
  - { name: g, rules: [{ alert: A, record: B, expr: '1' }, { alert: C, expr: 'sum(' }, { record: 'x{y="z"}', expr: up }] }
`;
  const more = `groups:
  - name: g
    rules:
      - { record: a, expr: '"text"', for: 1m, annotations: { a: b } }
      - { alert: b, expr: up, labels: { __name__: x, c: '{{ $unknown }}' }, annotations: { d: '{{ end }}' } }
      - { alert: c }
  - { name: g, rules: }
`;
  const files = {
    'a.yml': RULES,
    'b.yml': bad,
    'c.yml': more,
    'd.yml': 'groups: [',
    'e.yml': 'a: 1',
    'f.yml': '',
    'g.yml': 'groups: [{name: g, owner: me}]',
  };
  const { lines, code } = await run(files, (path, console) =>
    alertsCheckCommand([path('*.yml'), path('missing.yml')], {}, console),
  );
  assert.equal(code, 1);
  assert.deepEqual(
    lines.map((line) => line.replace(/^(missing\.yml: ENOENT).*/, '$1')),
    [
      'a.yml: 1 group, 1 alerting rule, 1 recording rule',
      'b.yml:3:15: groups[0].interval: expected a duration such as "5m", got "5 minutes"',
      'c.yml:4:28: expected an expression with a vector or a number as its result, got a string',
      'c.yml:4:43: a recording rule has no "for"',
      'c.yml:4:60: a recording rule has no "annotations"',
      'c.yml:5:51: expected the name of a label, got "__name__"',
      'c.yml:5:57: undefined variable "$unknown"',
      'c.yml:5:95: unexpected {{end}}',
      'c.yml:6:9: expected an expression, got none',
      'c.yml:7:13: group "g" is there twice',
      'd.yml:1:10: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'e.yml:1:1: unknown field "a"',
      'f.yml: 0 groups, 0 alerting rules, 0 recording rules',
      'g.yml:1:10: groups[0]: unknown field "owner"',
      'missing.yml: ENOENT',
    ],
  );
  const lenient = await run(files, (path, console) =>
    alertsCheckCommand([path('g.yml')], { ignoreUnknownFields: true }, console),
  );
  assert.deepEqual(lenient.lines, ['g.yml: 1 group, 0 alerting rules, 0 recording rules']);
});

test('prints the errors of test files with their positions', async () => {
  const files = {
    'a.yml': 'tests: [{input_series: [{series: up, values: 1 x}], start_timestamp: now}]',
    'b.yml': "tests: [{input_series: [{series: up, values: 'one'}]}]",
    'c.yml': 'group_eval_order: [a, a]\nrule_files: [none*.yml]',
    'd.yml': 'rule_files: [missing.yml]\ntests: [{}]',
  };
  const { lines, code } = await run(files, (path, console) => alertsTestCommand([path('*.yml')], {}, console));
  assert.equal(code, 2);
  const text = lines.join('\n');
  assert.match(text, /a\.yml:1:70: tests\[0\]\.start_timestamp: expected a time such as "[^"]+" or seconds, got "now"/);
  assert.match(text, /b\.yml:1:46: expected a value, got "one"/);
  assert.match(text, /c\.yml:1:23: the group is there twice/);
  assert.match(text, /missing\.yml: ENOENT/);
  await assert.rejects(
    run({ 'a.yml': 'tests: [{}]' }, (path, console) => alertsTestCommand([path('a.yml')], { filter: 'x' }, console)),
    /--filter: expected a part of the name of a test, got "x"/,
  );
});
