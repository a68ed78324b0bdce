import type { Signal } from '@otelier/otlp';
import type { ConfigIssue } from '../../component/define.ts';
import { type LegacyMatches, legacyIssues } from './legacy.ts';

type Lists = Readonly<Record<string, unknown>>;

/** The mutually exclusive parts of the configuration. */
export interface FilterForms {
  readonly traceConditions?: readonly unknown[] | undefined;
  readonly metricConditions?: readonly unknown[] | undefined;
  readonly logConditions?: readonly unknown[] | undefined;
  readonly profileConditions?: readonly unknown[] | undefined;
  readonly traces: Lists;
  readonly metrics: Lists & LegacyMatches['metrics'];
  readonly logs: Lists & LegacyMatches['logs'];
  readonly profiles: Lists;
  readonly spans: LegacyMatches['traces'];
}

/** Returns the errors of a filter: mutually exclusive parts, and properties that a signal does not have. */
export function filterIssues(config: FilterForms, signals: readonly Signal[]): ConfigIssue[] {
  const { traces, metrics, logs, spans } = config;
  const forms = [
    { name: 'trace', path: 'traces', lists: listsIn(traces), legacyPath: 'spans', legacy: spans },
    { name: 'metric', path: 'metrics', lists: listsIn(metrics), legacyPath: 'metrics', legacy: metrics },
    { name: 'log', path: 'logs', lists: listsIn(logs), legacyPath: 'logs', legacy: logs },
  ] as const;
  const issues: ConfigIssue[] = [];
  if (config.profileConditions !== undefined && listsIn(config.profiles))
    issues.push({ path: ['profiles'], message: 'expected nothing besides `profile_conditions`' });
  for (const { name, path, lists, legacyPath, legacy } of forms) {
    const isLegacy = legacy.include !== undefined || legacy.exclude !== undefined;
    // As in the Collector, an empty list excludes other forms too.
    const hasInferred = config[`${name}Conditions`] !== undefined;
    // As in the Collector, span conditions with an inferred context are allowed alongside span properties.
    if (hasInferred && (lists || (isLegacy && legacyPath === path)))
      issues.push({ path: [path], message: `expected nothing besides \`${name}_conditions\`` });
    else if (lists && isLegacy)
      issues.push({
        path: [legacyPath],
        message: `expected no \`include\` or \`exclude\` besides the conditions in \`${path}\``,
      });
    else if (isLegacy && !hasInferred && signals.some((signal) => signal === path))
      issues.push(
        ...legacyIssues({ traces: spans, metrics, logs }, path).map((issue) => ({
          ...issue,
          path: [legacyPath, ...issue.path],
        })),
      );
  }
  return issues;
}

function listsIn(form: Lists): boolean {
  return Object.values(form).some((value) => Array.isArray(value) && value.length > 0);
}
