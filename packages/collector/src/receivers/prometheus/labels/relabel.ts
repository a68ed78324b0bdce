import { createHash } from 'node:crypto';
import { compilePattern, type Pattern } from '@otelier/query/pattern';
import type { RelabelConfig } from '../config/relabel.ts';

/** The labels of a target or sample. An empty value means that there is no such label. */
export type Labels = Map<string, string>;

/** Applies relabeling rules to labels in place. Returns `false` if the target or sample is dropped. */
export type Relabeling = (labels: Labels) => boolean;

/** Compiles relabeling rules, as Prometheus applies them. */
export function compileRelabeling(configs: readonly RelabelConfig[]): Relabeling {
  const rules = configs.map(compileRule);
  return (labels) => rules.every((rule) => rule(labels));
}

function compileRule(config: RelabelConfig): Relabeling {
  const { action, sourceLabels, separator, targetLabel, replacement } = config;
  const pattern = compilePattern(`^(?s:${config.regex})$`);
  const sourceOf = (labels: Labels): string => sourceLabels.map((name) => labels.get(name) ?? '').join(separator);
  const keeping = (change: (labels: Labels) => void): Relabeling => {
    return (labels) => {
      change(labels);
      return true;
    };
  };
  switch (action) {
    case 'keep':
      return (labels) => pattern.test(sourceOf(labels));
    case 'drop':
      return (labels) => !pattern.test(sourceOf(labels));
    case 'keepequal':
      return (labels) => (labels.get(targetLabel) ?? '') === sourceOf(labels);
    case 'dropequal':
      return (labels) => (labels.get(targetLabel) ?? '') !== sourceOf(labels);
    case 'replace':
      return keeping((labels) => replace(labels, pattern, sourceOf(labels), targetLabel, replacement));
    case 'lowercase':
      return keeping((labels) => setLabel(labels, targetLabel, sourceOf(labels).toLowerCase()));
    case 'uppercase':
      return keeping((labels) => setLabel(labels, targetLabel, sourceOf(labels).toUpperCase()));
    case 'hashmod':
      return keeping((labels) => setLabel(labels, targetLabel, hashModulus(sourceOf(labels), config.modulus)));
    case 'labelmap':
      return keeping((labels) => {
        for (const [name, value] of [...labels]) {
          if (pattern.test(name)) setLabel(labels, expand(pattern, name, replacement) ?? name, value);
        }
      });
    case 'labeldrop':
      return keeping((labels) => deleteWhere(labels, (name) => pattern.test(name)));
    case 'labelkeep':
      return keeping((labels) => deleteWhere(labels, (name) => !pattern.test(name)));
  }
}

function replace(labels: Labels, pattern: Pattern, value: string, target: string, replacement: string): void {
  const name = expand(pattern, value, target);
  if (name === undefined || name === '') return;
  setLabel(labels, name, expand(pattern, value, replacement) ?? '');
}

/** Sets a label. An empty value removes it. */
export function setLabel(labels: Labels, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

function deleteWhere(labels: Labels, matches: (name: string) => boolean): void {
  for (const name of [...labels.keys()]) if (matches(name)) labels.delete(name);
}

/** The last eight bytes of the MD5 hash, as Prometheus takes them, so that shards agree. */
function hashModulus(value: string, modulus: number): string {
  const hash = createHash('md5').update(value).digest();
  return String(hash.readBigUInt64BE(8) % BigInt(modulus));
}

/** Expands a template such as `${1}:$name` with the groups of a match; `undefined` if the text does not match. */
function expand(pattern: Pattern, text: string, template: string): string | undefined {
  if (!template.includes('$')) return pattern.test(text) ? template : undefined;
  const ranges = pattern.ranges(text);
  if (ranges === undefined) return undefined;
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
    if (whole === '$$') return '$';
    const name = braced ?? plain ?? '';
    const number = /^\d+$/.test(name) ? Number(name) : pattern.names.indexOf(name);
    const range = ranges[number];
    return range === undefined || range.start < 0 ? '' : text.slice(range.start, range.end);
  });
}
