import { SIGNAL_NAMES } from '@otelier/otlp';
import type { ConfigIssue, ConfigUse } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { formatList, suggestion } from '../../config/nearest.ts';

/** Returns the field for the ID of a downstream pipeline, such as `traces/slow`. */
export function pipelineId() {
  return z.string().refine((id) => new RegExp(`^(?:${SIGNAL_NAMES.join('|')})(?:/.+)?$`).test(id), {
    error: `expected the ID of a pipeline such as "traces/slow", whose signal is ${formatList(SIGNAL_NAMES)}`,
  });
}

/**
 * Checks a connector's list of pipeline IDs: each must name a pipeline that starts with the connector and has the same
 * signal as every pipeline that ends in it.
 */
export function checkPipelineIds(
  ids: readonly string[],
  path: ConfigIssue['path'],
  { id: connector, inputs, outputs }: ConfigUse,
): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  for (const signal of new Set(inputs.map((input) => input.signal))) {
    const known = outputs.filter((output) => output.signal === signal).map((output) => output.id);
    for (const [index, id] of ids.entries()) {
      if (known.includes(id)) continue;
      const expected = known.length === 0 ? 'there is none' : formatList(known);
      issues.push({
        path: [...path, index],
        message: `expected a pipeline of ${signal} that has ${connector} as a receiver (${expected}), got "${id}"${suggestion(id, known)}`,
      });
    }
  }
  return issues;
}
