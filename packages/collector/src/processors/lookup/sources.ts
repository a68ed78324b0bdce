import type { ComponentContext } from '../../component/contract.ts';
import type { SourceConfig } from './config.ts';
import { createFileSource } from './file-source.ts';
import { createNetworkSource } from './network-source.ts';
import { type LookupSource, MISSING } from './source.ts';

/** Creates the configured source. */
export function createSource(config: SourceConfig, context: ComponentContext): LookupSource {
  switch (config.type) {
    case 'noop':
      return { get: () => MISSING };
    case 'dns':
    case 'http':
      return createNetworkSource(config, context);
    default:
      return createFileSource(config, context);
  }
}
