import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseSlos, type Slo } from '@otelier/alerting';
import {
  type AlertmanagerConfig,
  checkNotificationTemplates,
  parseAlertmanagerConfig,
  parseAlertmanagerFile,
} from '@otelier/alerting/notify';
import { parseRuleFile, type RuleGroup } from '@otelier/alerting/rules';
import { stringify } from 'yaml';
import type { ConfigIssue } from '../../component/define.ts';
import { readReferencedFile } from '../../config/referenced-file.ts';
import type { AlertingConfig } from './config.ts';

/** The rules and notifications of a configuration, and what is wrong with it. */
export interface LoadedSettings {
  readonly groups: readonly RuleGroup[];
  readonly slos: readonly Slo[];
  /** `undefined` without a route. */
  readonly notifications: AlertmanagerConfig | undefined;
  readonly issues: readonly ConfigIssue[];
  /** Settings that are read, but have no effect here. */
  readonly warnings: readonly ConfigIssue[];
}

/** Reads the files that a configuration names, and parses its rules and notifications. */
export function loadSettings(config: AlertingConfig): LoadedSettings {
  const issues: ConfigIssue[] = [];
  const groups = [...inlineGroups(config, issues), ...groupsOfFiles(config, issues)];
  const { slos, errors } = parseSlos(config.slos);
  issues.push(...errors);
  const warnings: ConfigIssue[] = [];
  const notifications = notificationsOf(config, issues, warnings);
  return { groups, slos, notifications, issues, warnings };
}

/** Where groups of the configuration are shown to come from. */
const INLINE = 'otelier';

function inlineGroups({ groups }: AlertingConfig, issues: ConfigIssue[]): readonly RuleGroup[] {
  if (groups.length === 0) return [];
  const parsed = parseRuleFile(stringify({ groups }), { file: INLINE });
  if (parsed.ok) return parsed.groups;
  for (const { path = ['groups'], message } of parsed.errors) {
    // The place is in the path.
    issues.push({ path: path as (string | number)[], message: message.replace(/^groups\[[^:]*: /, '') });
  }
  return [];
}

function groupsOfFiles({ ruleFiles }: AlertingConfig, issues: ConfigIssue[]): readonly RuleGroup[] {
  return ruleFiles.flatMap((pattern, index) => {
    const path = ['rule_files', index];
    const hasWildcards = /[*?[\]{}]/.test(pattern);
    // As in Prometheus, a pattern may match nothing yet.
    const files = hasWildcards ? globSync(pattern).sort() : [pattern];
    return files.flatMap((file) => {
      const read = readReferencedFile(file);
      if ('failure' in read) {
        issues.push({ path, message: `${file}: ${read.failure}` });
        return [];
      }
      const parsed = parseRuleFile(read.text, { file });
      if (parsed.ok) return parsed.groups;
      for (const { line, column, message } of parsed.errors) {
        issues.push({ path, message: `${file}:${line}:${column}: ${message}` });
      }
      return [];
    });
  });
}

function notificationsOf(
  config: AlertingConfig,
  issues: ConfigIssue[],
  warnings: ConfigIssue[],
): AlertmanagerConfig | undefined {
  const { alertmanagerFile, global, route, receivers, inhibitRules, timeIntervals, templates } = config;
  if (alertmanagerFile !== undefined) {
    const read = readReferencedFile(alertmanagerFile);
    if ('failure' in read) {
      issues.push({ path: ['alertmanager_file'], message: `${alertmanagerFile}: ${read.failure}` });
      return undefined;
    }
    const parsed = parseAlertmanagerFile(read.text, dirname(alertmanagerFile));
    const place = ({ line, message }: { readonly line: number; readonly message: string }): ConfigIssue => ({
      path: ['alertmanager_file'],
      message: `${alertmanagerFile}:${line}: ${message}`,
    });
    issues.push(...parsed.errors.map(place));
    warnings.push(...parsed.warnings.map(place));
    issues.push(
      ...templateIssues(parsed.config).map(({ path, message }) => ({
        path: ['alertmanager_file'],
        message: `${alertmanagerFile}: ${path.join('.')}: ${message}`,
      })),
    );
    return parsed.config;
  }
  const sections = {
    global,
    route,
    receivers,
    inhibit_rules: inhibitRules,
    time_intervals: timeIntervals,
    templates,
  };
  const given = Object.fromEntries(Object.entries(sections).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length === 0) return undefined;
  const parsed = parseAlertmanagerConfig(given, process.cwd());
  for (const { path, message } of parsed.errors) issues.push({ path, message });
  warnings.push(...parsed.warnings);
  issues.push(...templateIssues(parsed.config));
  return parsed.config;
}

function templateIssues(config: AlertmanagerConfig | undefined): readonly ConfigIssue[] {
  return config === undefined ? [] : checkNotificationTemplates(config);
}
