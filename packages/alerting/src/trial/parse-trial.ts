import { parse } from 'yaml';
import { type AlertingRule, parseRuleFile, type RuleGroup } from '../rules/rule-file.ts';

/** A text that contains no rules that can be tried. Its message is for the author of the text. */
export class RuleTextError extends Error {
  override readonly name = 'RuleTextError';
}

/** An alerting rule, and the interval and offset of its group. */
export interface TriedRule extends Pick<RuleGroup, 'intervalMillis' | 'queryOffsetMillis' | 'limit'> {
  readonly rule: AlertingRule;
}

/** Maximum number of rules of a text. */
const MAX_RULES = 20;

/** Reads the alerting rules of a rule file, a list of rules or a single rule. Throws a `RuleTextError`. */
export function parseTrialRules(text: string): readonly TriedRule[] {
  const { wrapped, lines, columns } = wrap(text);
  const parsed = parseRuleFile(wrapped);
  if (!parsed.ok) {
    const messages = parsed.errors.map(({ line, column, message }) => {
      const place = `${Math.max(1, line - lines)}:${Math.max(1, column - columns)}`;
      return `${place}: ${message.replace(/^groups\[\d+\](?:\.rules\[\d+\])?(?:\.|: )?/, '')}`;
    });
    throw new RuleTextError(messages.join('\n'));
  }
  const rules = parsed.groups.flatMap(({ rules: own, intervalMillis, queryOffsetMillis, limit }) =>
    own.flatMap((rule): TriedRule[] =>
      rule.kind === 'alerting' ? [{ rule, intervalMillis, queryOffsetMillis, limit }] : [],
    ),
  );
  if (rules.length === 0) throw new RuleTextError('expected an alerting rule with the field "alert", got none');
  if (rules.length > MAX_RULES) throw new RuleTextError(`expected at most ${MAX_RULES} rules, got ${rules.length}`);
  const sql = rules.find(({ rule }) => rule.expression.language === 'sql');
  if (sql !== undefined) {
    throw new RuleTextError(
      `${sql.rule.name}: expected PromQL, LogQL or TraceQL: a statement in SQL sets its own times`,
    );
  }
  return rules;
}

/** Makes a rule file of a text. Its places are moved by a number of lines and columns. */
function wrap(text: string): { readonly wrapped: string; readonly lines: number; readonly columns: number } {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    // The error is reported with its place below.
  }
  if (typeof value === 'object' && value !== null && 'groups' in value) return { wrapped: text, lines: 0, columns: 0 };
  const isList = Array.isArray(value) || /^\s*-/.test(text);
  const head = 'groups:\n- name: trial\n  rules:\n';
  const body = isList ? indented(text, '  ') : `  -\n${indented(text, '    ')}`;
  return { wrapped: head + body, lines: isList ? 3 : 4, columns: isList ? 2 : 4 };
}

function indented(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');
}
