import type { PipelineNode } from '@otelier/query';

/** Returns the name of a node as in the configuration, with its signal if there is one node for each: `exporters/nop (logs)`. */
export function nodeName({ kind, component, signal }: PipelineNode): string {
  const name = `${kind}s/${component}`;
  return kind === 'exporter' && signal !== undefined ? `${name} (${signal})` : name;
}
