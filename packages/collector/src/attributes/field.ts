import { compilePattern } from '@otelier/query/pattern';
import { patternError } from '../component/pattern.ts';
import { z } from '../component/schema.ts';
import { formatList, suggestion } from '../config/nearest.ts';

const ACTIONS = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const;
const TYPES = ['int', 'double', 'string'] as const;

/** Returns the field for a list of attribute actions, as in the Collector's `attributes` and `resource` processors. */
export function attributeActionsField(target: string) {
  return z
    .array(attributeAction())
    .min(1, { error: 'expected at least one action' })
    .describe(`Actions on the attributes of ${target}, in execution order.`);
}

function attributeAction() {
  return z
    .object({
      key: z.string().prefault('').describe('Attribute key.'),
      action: z
        .string()
        .transform((text) => text.toLowerCase())
        .pipe(z.enum(ACTIONS))
        .describe(
          '`insert` adds a missing attribute, `update` changes an existing one, `upsert` does both, `delete` removes it, `hash` replaces the value with its SHA-256 hash, `extract` sets the named groups of `pattern`, `convert` changes the type.',
        ),
      value: z.unknown().optional().describe('Value to set: a string, number, boolean, list or map.'),
      fromAttribute: z.string().prefault('').describe('Attribute to copy the value from.'),
      fromContext: z
        .string()
        .prefault('')
        .describe(
          'Request context to copy the value from: `metadata.NAME` or `NAME` (a header, with `include_metadata`), `auth.subject`, or `client.address` (of the connection, before batches are merged). Other contexts of the Collector have no value.',
        ),
      defaultValue: z.unknown().optional().describe('Value to set if the other source has no value.'),
      pattern: z
        .string()
        .prefault('')
        .describe(
          'Regular expression. For `delete` and `hash`, it selects additional keys. For `extract`, all of its groups must be named.',
        ),
      convertedType: z.string().prefault('').describe('Type to convert the value to: `int`, `double` or `string`.'),
    })
    .superRefine((action, issues) => {
      for (const message of errorsOf(action)) issues.addIssue({ code: 'custom', message });
      for (const { path, message } of fieldErrors(action)) issues.addIssue({ code: 'custom', path, message });
    });
}

/** An attribute action. */
export type AttributeAction = z.output<ReturnType<typeof attributeAction>>;

/** Returns the errors that involve several fields. */
function errorsOf(written: AttributeAction): string[] {
  const { action, pattern, convertedType } = written;
  const errors = [...keyErrors(written), ...sourceErrors(written)];
  if (action === 'convert' && convertedType === '')
    errors.push('expected `converted_type` (int, double or string) for convert');
  if (action !== 'convert' && convertedType !== '') errors.push(`expected no \`converted_type\` for ${action}`);
  if (action === 'extract' && pattern === '') errors.push('expected a `pattern` with named groups for extract');
  if (pattern !== '' && !USES_PATTERN.includes(action)) errors.push(`expected no \`pattern\` for ${action}`);
  return errors;
}

/** Actions whose pattern selects additional keys. */
const SELECTS_KEYS: readonly AttributeAction['action'][] = ['delete', 'hash'];
const USES_PATTERN: readonly AttributeAction['action'][] = [...SELECTS_KEYS, 'extract'];
/** Actions that set a value. */
const SETS_VALUE: readonly AttributeAction['action'][] = ['insert', 'update', 'upsert'];

function keyErrors({ key, action, pattern }: AttributeAction): string[] {
  if (key !== '') return [];
  if (!SELECTS_KEYS.includes(action)) return [`expected \`key\` for ${action}`];
  return pattern === '' ? [`expected \`key\` or \`pattern\` for ${action}`] : [];
}

function sourceErrors({ action, value, fromAttribute, fromContext, defaultValue }: AttributeAction): string[] {
  const sources = [isSet(value), fromAttribute !== '', fromContext !== ''].filter(Boolean).length;
  if (SETS_VALUE.includes(action)) {
    if (sources > 1) return [`expected one of \`value\`, \`from_attribute\` and \`from_context\`, got ${sources}`];
    return sources === 0 && !isSet(defaultValue)
      ? [`expected \`value\`, \`from_attribute\`, \`from_context\` or \`default_value\` for ${action}`]
      : [];
  }
  // As in the Collector, a context source is ignored for actions that select keys.
  const isWrong = SELECTS_KEYS.includes(action) ? isSet(value) || fromAttribute !== '' : sources > 0;
  return isWrong ? [`expected no value for ${action}`] : [];
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Returns the errors that involve a single field. */
function fieldErrors({ action, pattern, convertedType }: AttributeAction): { path: string[]; message: string }[] {
  const errors: { path: string[]; message: string }[] = [];
  if (convertedType !== '' && !TYPES.some((type) => type === convertedType))
    errors.push({
      path: ['convertedType'],
      message: `expected ${formatList(TYPES)}, got "${convertedType}"${suggestion(convertedType, TYPES)}`,
    });
  const message = pattern === '' ? undefined : (patternError(pattern) ?? groupError(action, pattern));
  if (message !== undefined) errors.push({ path: ['pattern'], message });
  return errors;
}

function groupError(action: AttributeAction['action'], pattern: string): string | undefined {
  if (action !== 'extract') return undefined;
  const [, ...names] = compilePattern(pattern).names;
  return names.length > 0 && names.every((name) => name !== undefined)
    ? undefined
    : `expected named groups such as (?P<user>\\w+) only, got "${pattern}"`;
}
