import type { Labels } from '../labels/labels.ts';
import { quote } from './literals.ts';

/** Reports whether a label name can be written without quotes. */
export function isPlainName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** Formats labels as `{a="b", c="d"}`, including the name of the metric. */
export function formatLabels(labels: Labels): string {
  const parts: string[] = [];
  for (const [name, value] of labels.entries()) {
    parts.push(`${isPlainName(name) ? name : quote(name)}=${quote(value)}`);
  }
  return `{${parts.join(', ')}}`;
}
