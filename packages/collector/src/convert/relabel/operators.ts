import { groupNameAt, significantCharacters } from '../regex/significant.ts';
import { fieldOf, literal, member } from '../stages/expressions.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { ANY_TEXT, type RelabelRule } from './rule.ts';

/** Returns the expression for a label of the target, as text or nil; `undefined` if entries do not have it. */
export type LabelSource = (name: string) => string | undefined;

/** Labels of the target that say only what to read. */
const TARGET_LABELS = new Set([
  '__path__',
  '__path_exclude__',
  '__host__',
  '__address__',
  '__scheme__',
  '__metrics_path__',
]);

/** Converts rules over labels that differ from entry to entry to operators of a context. */
export function relabelOperators(rules: readonly RelabelRule[], context: StageContext, labelSource: LabelSource): void {
  const internal = new Map<string, string>();
  const sourceOf = (name: string): string | undefined => {
    if (internal.has(name)) return internal.get(name);
    const source = labelSource(name);
    if (source !== undefined) return source;
    return context.labels.has(name) ? member('attributes', name) : undefined;
  };
  for (const rule of rules) convertRule(rule, context, sourceOf, internal);
}

function convertRule(
  rule: RelabelRule,
  context: StageContext,
  sourceOf: LabelSource,
  internal: Map<string, string>,
): void {
  const { action, sources, target, place } = rule;
  const { report } = context;
  const unknown = sources.find((name) => sourceOf(name) === undefined);
  if (TARGET_LABELS.has(target))
    report.changed(place, `${target} is not computed, because the receiver finds what to read by itself`);
  else if (action === 'labeldrop' || action === 'labelkeep') dropLabels(rule, context);
  else if (!['replace', 'keep', 'drop', 'lowercase', 'uppercase'].includes(action))
    report.missing(place, `the action ${action} is not converted`, 'name each label in a rule of its own');
  else if (unknown !== undefined)
    report.missing(place, `entries do not have the label ${unknown}`, 'add the attribute in another way');
  else {
    const texts = sources.map((name) => `string(${sourceOf(name)} ?? "")`);
    const value = texts.join(` + ${literal(rule.separator)} + `) || '""';
    if (action === 'keep' || action === 'drop') dropEntries(rule, value, context);
    else setLabel(rule, value, context, internal);
  }
}

function dropLabels({ action, pattern }: RelabelRule, context: StageContext): void {
  for (const name of context.labels)
    if (pattern.test(name) === (action === 'labeldrop'))
      context.push({ type: 'remove', field: fieldOf('attributes', name), on_error: 'send_quiet' });
}

function matchOf({ regex }: RelabelRule, value: string): string {
  return regex === ANY_TEXT ? '' : `(${value}) matches ${literal(`^(?:${regex})$`)}`;
}

function dropEntries(rule: RelabelRule, value: string, context: StageContext): void {
  const isMatch = matchOf(rule, value);
  if (isMatch !== '') context.drop(rule.action === 'keep' ? `not (${isMatch})` : isMatch);
  else if (rule.action === 'drop') context.drop('true');
}

function setLabel(rule: RelabelRule, value: string, context: StageContext, internal: Map<string, string>): void {
  const { action, regex, target, replacement } = rule;
  const set = (text: string, condition: string) => {
    const isLabel = !target.startsWith('__');
    if (isLabel) context.labels.add(target);
    const result = isLabel ? { field: fieldOf('attributes', target), expression: '' } : context.internal('label');
    if (!isLabel) internal.set(target, result.expression);
    context.push({ type: 'add', field: result.field, value: `EXPR(${text})` }, condition);
  };
  if (action !== 'replace') set(`${action === 'lowercase' ? 'lower' : 'upper'}(${value})`, `(${value}) != ""`);
  else if (regex === ANY_TEXT && replacement === '$1') set(value, `(${value}) != ""`);
  else if (!/\$[{\w]/.test(replacement)) set(literal(replacement), matchOf(rule, value));
  else setFromGroups(rule, value, context, set);
}

/** Sets a label to a text with groups of the regular expression. */
function setFromGroups(
  { regex, replacement }: RelabelRule,
  value: string,
  context: StageContext,
  set: (text: string, condition: string) => void,
): void {
  const joined = context.internal('joined');
  const groups = context.internal('groups');
  context.push({ type: 'add', field: joined.field, value: `EXPR(${value})` });
  context.push({
    type: 'regex_parser',
    regex: `^(?:${namedGroups(regex)})$`,
    parse_from: joined.field,
    parse_to: groups.field,
    on_error: 'send_quiet',
  });
  const parts = replacement
    .split(/(\$\{\w+\}|\$\w+)/)
    .filter((part) => part !== '')
    .map((part) => {
      const name = /^\$\{?(\w+)\}?$/.exec(part)?.[1];
      if (name === undefined) return literal(part);
      return `string(${groups.expression}?.${/^\d+$/.test(name) ? `g${name}` : name} ?? "")`;
    });
  set(parts.join(' + '), `${groups.expression} != nil`);
}

/** Gives names to the groups of a regular expression that have none: `g1`, `g2` … */
function namedGroups(regex: string): string {
  let number = 0;
  let end = 0;
  let result = '';
  for (const { at, character } of significantCharacters(regex)) {
    const name = character === '(' ? groupNameAt(regex, at) : undefined;
    if (name !== undefined) number++;
    if (name !== '') continue;
    result += `${regex.slice(end, at + 1)}?P<g${number}>`;
    end = at + 1;
  }
  return result + regex.slice(end);
}
