import type { ClientOptions } from '../../client/options.ts';
import { consoleTransport, fileTransport } from '../line-transport.ts';
import type { ConfigNode } from './config-node.ts';

/** `console`; further keys are those of the signal. */
export function consoleExporter(node: ConfigNode, ...further: readonly string[]): ClientOptions {
  node.mapping(...further);
  return { transport: consoleTransport() };
}

/** `otlp_file/development`; further keys are those of the signal. */
export function fileExporter(node: ConfigNode, ...further: readonly string[]): ClientOptions {
  const stream = node.mapping('output_stream', ...further).at('output_stream');
  const name = stream.text() ?? 'stdout';
  if (name === 'stdout') return { transport: consoleTransport() };
  if (!/^file:\/\/\//.test(name)) stream.fail('stdout or file:///path/to/file.jsonl');
  return { transport: fileTransport(new URL(name)) };
}
