import { groupNameAt, significantCharacters } from '../regex/significant.ts';

/** A replacement of matches that equals the replacement of a group, or why there is none. */
export type GroupReplacement =
  | {
      readonly error?: undefined;
      readonly regex: string;
      readonly text: string;
      readonly groupName: string | undefined;
    }
  | { readonly error: string };

/**
 * Converts the replacement of the only group of a regular expression to a replacement of the entire match, in which the
 * text around the group is kept.
 */
export function replacementOf(expression: string, template: string): GroupReplacement {
  const groups = groupsOf(expression);
  if (groups === undefined)
    return { error: 'the regular expression has alternatives or nested groups around the text to replace' };
  const [group, second] = groups;
  if (group === undefined) return { error: 'the regular expression has no group, so that nothing is replaced' };
  if (second !== undefined) return { error: 'only a regular expression with one group is converted' };
  const parts = template.split(/\{\{-?\s*\.Value\s*-?\}\}/);
  if (parts.some((part) => part.includes('{{'))) return { error: 'only {{ .Value }} is converted in the replacement' };
  const text = parts.map((part) => part.replaceAll('$', '$$$$')).join(GROUP.value);
  const flags = /^\(\?[a-zA-Z]+\)/.exec(expression)?.[0] ?? '';
  const before = expression.slice(flags.length, group.start);
  const inner = expression.slice(group.start, group.end).replace(/^\((?:\?P?<\w+>)?/, '(?P<value>');
  const after = expression.slice(group.end);
  const wrap = (name: string, part: string) => (part === '' ? '' : `(?P<${name}>${part})`);
  return {
    regex: `${flags}${wrap('before', before)}${inner}${wrap('after', after)}`,
    text: `${before === '' ? '' : GROUP.before}${text}${after === '' ? '' : GROUP.after}`,
    groupName: group.name,
  };
}

/** References to groups in a replacement. */
const GROUP = { before: `\${before}`, value: `\${value}`, after: `\${after}` } as const;

interface Group {
  readonly start: number;
  readonly end: number;
  readonly name: string | undefined;
}

/** Finds the capturing groups; `undefined` if one is inside another group, is repeated, or is beside an alternative. */
function groupsOf(expression: string): Group[] | undefined {
  const groups: Group[] = [];
  const open: { readonly at: number; readonly name: string | undefined }[] = [];
  for (const { at, character } of significantCharacters(expression)) {
    if (character === '|' && open.length === 0) return undefined;
    if (character === '(') {
      const name = groupNameAt(expression, at);
      if (name !== undefined && open.length > 0) return undefined;
      open.push({ at, name });
    }
    const group = character === ')' ? open.pop() : undefined;
    if (group?.name === undefined) continue;
    if (/^[*+?{]/.test(expression.slice(at + 1, at + 2))) return undefined;
    groups.push({ start: group.at, end: at + 1, name: group.name === '' ? undefined : group.name });
  }
  return groups;
}
