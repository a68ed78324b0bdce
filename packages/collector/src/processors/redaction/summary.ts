import { orderOfTexts } from '../../ottl/values/compare.ts';
import type { Value } from '../../ottl/values/value.ts';

/** The attributes that describe one kind of change. Ignored keys are only counted. */
interface SummaryKeys {
  readonly keys: string | undefined;
  readonly count: string;
}

const keysOf = (prefix: string, name: string): SummaryKeys => ({
  keys: name === 'ignored' ? undefined : `${prefix}.${name}.keys`,
  count: `${prefix}.${name}.count`,
});

/** The keys of attribute and log body summaries. */
export const SUMMARY = {
  attributes: summaryOf('redaction'),
  body: summaryOf('redaction.body'),
} as const;

function summaryOf(prefix: string) {
  return {
    removed: keysOf(prefix, 'redacted'),
    masked: keysOf(prefix, 'masked'),
    allowed: keysOf(prefix, 'allowed'),
    ignored: keysOf(prefix, 'ignored'),
  } as const;
}

/** Prefix of summary keys. */
export const SUMMARY_PREFIX = 'redaction.';

/** Summary keys that are allowed without being listed. */
export const OWN_KEYS: readonly string[] = [
  'redaction.redacted.keys',
  'redaction.redacted.count',
  'redaction.masked.keys',
  'redaction.masked.count',
  'redaction.ignored.count',
];

/** The changes made: attribute keys, or paths within a body. */
export class Changes {
  readonly removed: string[] = [];
  readonly masked: string[] = [];
  readonly allowed: string[] = [];
  readonly ignored: string[] = [];

  clear(): void {
    for (const list of [this.removed, this.masked, this.allowed, this.ignored]) list.length = 0;
  }
}

/** The attributes to which a summary is added. */
export interface SummaryTarget {
  get(key: string): Value;
  set(key: string, value: Value): void;
}

/** Adds a summary of changes to attributes, merged with any earlier one, in as much detail as the level requires. */
export function addSummary(
  changes: Changes,
  names: (typeof SUMMARY)[keyof typeof SUMMARY],
  level: string,
  target: SummaryTarget,
): void {
  if (level !== 'debug' && level !== 'info') return;
  for (const kind of ['removed', 'masked', 'allowed', 'ignored'] as const) {
    const list = changes[kind];
    const { keys, count } = names[kind];
    if (list.length === 0) continue;
    if (level === 'debug' && keys !== undefined) {
      const earlier = target.get(keys);
      const all = typeof earlier === 'string' && earlier !== '' ? [...list, ...earlier.split(',')] : [...list];
      target.set(keys, all.sort(orderOfTexts).join(','));
    }
    const earlier = target.get(count);
    target.set(count, BigInt(list.length) + (typeof earlier === 'bigint' ? earlier : 0n));
  }
}
