import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { runToEnd } from '../processes.ts';
import { moduleDirectory } from '../promqltest/upstream.ts';
import { TEMPLATES } from './templates.ts';

/** Rule files of Prometheus' own tests that `promtool` accepts only with an option, or has an exit code of its own for. */
const LINTED: readonly string[] = ['features.yml', 'prometheus-rules.lint.yml', 'rules_duplicates.yml'];

/**
 * Runs the unit tests of rules, and checks the rule files, of Prometheus' own tests with `promtool` and with otelier.
 * Both must accept and reject the same. Then compares the results of templates.
 */
export async function compareWithPromtool(promtool: string): Promise<Comparison> {
  const directory = join(await moduleDirectory(), 'cmd', 'promtool', 'testdata');
  const files = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name) && !LINTED.includes(name));
  const mismatches: string[] = [];
  let compared = 0;
  for (const name of files) {
    const text = readFileSync(join(directory, name), 'utf8');
    const command = /^tests:/m.test(text) ? 'test' : /^groups:/m.test(text) ? 'check' : undefined;
    if (command === undefined) continue;
    const peer = await runToEnd([promtool, command, 'rules', name], {}, directory);
    const ours = await runToEnd([NODE, OTELIER, 'alerts', command, name], {}, directory);
    compared += 1;
    if ((peer.code === 0) === (ours.code === 0)) continue;
    mismatches.push(
      `${command} ${name}: promtool ${peer.code}, otelier ${ours.code}\n${peer.stdout}${peer.stderr}${ours.stdout}`,
    );
  }
  const templates = await compareTemplates(promtool);
  return { compared: compared + templates.compared, mismatches: [...mismatches, ...templates.mismatches] };
}

/** Has both expand templates, whose results an expected annotation must equal. */
async function compareTemplates(promtool: string): Promise<Comparison> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-rules-'));
  try {
    const mismatches: string[] = [];
    for (const [i, { template, value, expected }] of TEMPLATES.entries()) {
      const rule = { alert: 'A', expr: 'm', annotations: { result: template } };
      await writeFile(join(directory, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }));
      const labels = { instance: 'db-1.example.com:5432' };
      const test = {
        external_url: 'http://otelier.example/prefix/',
        input_series: [{ series: 'm{instance="db-1.example.com:5432"}', values: value }],
        alert_rule_test: [
          { alertname: 'A', exp_alerts: [{ exp_labels: labels, exp_annotations: { result: expected } }] },
        ],
      };
      await writeFile(join(directory, 'test.yml'), JSON.stringify({ rule_files: ['rules.yml'], tests: [test] }));
      for (const command of [
        [promtool, 'test', 'rules', 'test.yml'],
        [NODE, OTELIER, 'alerts', 'test', 'test.yml'],
      ]) {
        const { code, stdout, stderr } = await runToEnd(command, {}, directory);
        if (code !== 0) mismatches.push(`templates[${i}] ${template}: ${command[0]}: ${stdout}${stderr}`);
      }
    }
    return { compared: TEMPLATES.length * 2, mismatches };
  } finally {
    await rm(directory, { recursive: true });
  }
}
