import type { Pattern } from '@otelier/query/pattern';
import type { ConversionReport } from '../report.ts';
import { expandReplacement, type RelabelRule } from './rule.ts';

/** Applies rules to labels whose values are known. Returns `undefined` if they drop the target. */
export function relabel(
  labels: ReadonlyMap<string, string>,
  rules: readonly RelabelRule[],
  report: ConversionReport,
): Map<string, string> | undefined {
  const result = new Map(labels);
  for (const rule of rules) {
    const value = rule.sources.map((name) => result.get(name) ?? '').join(rule.separator);
    const isMatch = rule.pattern.test(value);
    if (rule.action === 'keep' ? !isMatch : rule.action === 'drop' && isMatch) return undefined;
    const change = Object.hasOwn(CHANGES, rule.action) ? CHANGES[rule.action] : undefined;
    if (change === undefined) report.missing(rule.place, `the action ${rule.action} is not converted`);
    else change(result, rule, value);
  }
  return result;
}

type Change = (labels: Map<string, string>, rule: RelabelRule, value: string) => void;

const CHANGES: Readonly<Record<string, Change>> = {
  keep: () => {},
  drop: () => {},
  replace(labels, { pattern, target, replacement }, value) {
    const groups = groupsOf(pattern, value);
    if (groups === undefined) return;
    const groupOf = (name: string) => groups[/^\d+$/.test(name) ? Number(name) : pattern.names.indexOf(name)];
    setLabel(labels, expandReplacement(target, groupOf), expandReplacement(replacement, groupOf));
  },
  lowercase: (labels, { target }, value) => setLabel(labels, target, value.toLowerCase()),
  uppercase: (labels, { target }, value) => setLabel(labels, target, value.toUpperCase()),
  labelmap(labels, { pattern, replacement }) {
    for (const [name, text] of [...labels]) {
      const groups = groupsOf(pattern, name);
      if (groups !== undefined)
        setLabel(
          labels,
          expandReplacement(replacement, (group) => groups[Number(group)]),
          text,
        );
    }
  },
  labeldrop(labels, { pattern }) {
    for (const name of [...labels.keys()]) if (pattern.test(name)) labels.delete(name);
  },
  labelkeep(labels, { pattern }) {
    for (const name of [...labels.keys()]) if (!pattern.test(name)) labels.delete(name);
  },
};

function setLabel(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** Returns the groups of a match, of which the first is the entire text. */
function groupsOf(pattern: Pattern, text: string): (string | undefined)[] | undefined {
  return pattern.ranges(text)?.map(({ start, end }) => (start < 0 ? undefined : text.slice(start, end)));
}
