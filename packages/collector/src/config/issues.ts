import type { z } from 'zod';
import { formatList, suggestion } from './nearest.ts';
import type { Tree } from './tree.ts';

/** Formats a schema issue as `expected …, got …`. `tree` is the actual value, if any. */
export function describeIssue(issue: z.core.$ZodIssue, tree: Tree | undefined, secret: boolean): string {
  const got = `got ${describeTree(tree, secret)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (
        tree?.kind === 'scalar' &&
        /^[\w/.-]+:\S/.test(String(tree.value)) &&
        TYPES[issue.expected] === 'a mapping' &&
        !secret
      )
        return `expected a mapping, ${got} without a space after ":"`;
      return `${custom(issue) ?? `expected ${TYPES[issue.expected] ?? issue.expected}`}, ${got}`;
    case 'too_small':
    case 'too_big':
      return `${custom(issue) ?? `expected ${bound(issue)}`}, ${got}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = tree?.kind === 'scalar' && !secret ? suggestion(String(tree.value), values) : '';
      return `${custom(issue) ?? `expected ${formatList(values.map((value) => JSON.stringify(value)))}`}, ${got}${near}`;
    }
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}, ${got}`;
    case 'invalid_union':
      return custom(issue) === undefined ? describeUnion(issue, tree, secret) : `${issue.message}, ${got}`;
    case 'invalid_key':
    case 'invalid_element':
      return `expected a valid entry (${issue.issues.map((inner) => inner.message).join('; ')}), ${got}`;
    default:
      return issue.message.startsWith('expected')
        ? withGot(issue.message, got)
        : `expected a valid value (${issue.message}), ${got}`;
  }
}

/** Describes the actual value, truncated to fit on a line and without secrets. */
export function describeTree(tree: Tree | undefined, secret: boolean): string {
  if (tree === undefined) return 'nothing';
  if (tree.kind === 'list') return tree.items.length === 0 ? 'an empty list' : 'a list';
  if (tree.kind === 'map') return tree.entries.size === 0 ? 'an empty mapping' : 'a mapping';
  if (tree.value === null) return 'nothing';
  if (secret) return 'a value that is not shown because it may be secret';
  if (tree.reference !== undefined) return `${KINDS[typeof tree.value] ?? 'a value'} from ${tree.reference}`;
  if (typeof tree.value !== 'string') return String(tree.value);
  const shown = tree.value.replace(USER_INFO, '//…@');
  return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}…` : shown);
}

/** The user and password in a URL. */
const USER_INFO = /\/\/[^@/]*@/;

/** Returns the schema's custom message, if it has one. */
function custom(issue: z.core.$ZodIssue): string | undefined {
  return issue.message.startsWith('expected') ? issue.message : undefined;
}

function withGot(message: string, got: string): string {
  return /expected nothing here|, got /.test(message) ? message : `${message}, ${got}`;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  if (issue.origin === 'string')
    return limit === 1 && small
      ? 'a text that is not empty'
      : `a text of ${small ? 'at least' : 'at most'} ${limit} characters`;
  if (issue.origin === 'array')
    return `a list of ${small ? 'at least' : 'at most'} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  const strict = issue.inclusive === false;
  if (small) return `a number ${strict ? 'above' : 'of at least'} ${limit}`;
  return `a number ${strict ? 'below' : 'of at most'} ${limit}`;
}

/** Describes the issue of the best-matching option. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, tree: Tree | undefined, secret: boolean): string {
  const all = issue.errors.map((errors) => errors[0]).filter((first) => first !== undefined);
  const types = all.filter((first) => first.code === 'invalid_type' && first.path.length === 0);
  if (types.length === all.length) {
    const names = types.map((first) =>
      first.code === 'invalid_type' ? (TYPES[first.expected] ?? first.expected) : '',
    );
    return `expected ${formatList([...new Set(names)])}, got ${describeTree(tree, secret)}`;
  }
  const deepest = all.reduce((best, first) => (first.path.length > best.path.length ? first : best));
  if (deepest.path.length === 0) return describeIssue(deepest as z.core.$ZodIssue, tree, secret);
  return `${describeIssue(deepest as z.core.$ZodIssue, undefined, secret)} at ${deepest.path.join('.')}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  undefined: 'nothing',
  never: 'nothing',
};

const KINDS: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', boolean: 'true or false' };
