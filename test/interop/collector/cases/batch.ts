import type { ComponentCases } from '../cases.ts';

const signals = ['traces', 'metrics', 'logs'];

/**
 * Test cases for `batch`. All valid configurations emit the same items; how these are grouped into requests is not
 * compared.
 */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'batch',
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'small batches', config: { send_batch_size: 3, timeout: '10ms' }, signals },
    { name: 'at once', config: { timeout: 0 }, signals },
    { name: 'at once, in pieces', config: { timeout: 0, send_batch_max_size: 2 }, signals },
    { name: 'no minimum', config: { send_batch_size: 0 }, signals },
    { name: 'no minimum, in pieces', config: { send_batch_size: 0, send_batch_max_size: 3 }, signals },
    { name: 'one item each', config: { send_batch_size: 1, send_batch_max_size: 1 }, signals },
    { name: 'limit above the minimum', config: { send_batch_size: 4, send_batch_max_size: 5 }, signals },
    { name: 'limit at the minimum', config: { send_batch_size: 5, send_batch_max_size: 5 }, signals },
    { name: 'limit below the minimum', config: { send_batch_size: 5, send_batch_max_size: 4 }, signals },
    { name: 'limit below the default minimum', config: { send_batch_max_size: 100 }, signals },
    { name: 'negative size', config: { send_batch_size: -1 }, signals },
    { name: 'size that is too large', config: { send_batch_size: 4294967296 }, signals },
    { name: 'negative timeout', config: { timeout: '-1s' }, signals },
    { name: 'timeout without unit', config: { timeout: '5' }, signals },
    { name: 'timeout that is not a duration', config: { timeout: 'soon' }, signals },
    { name: 'metadata key', config: { metadata_keys: ['tenant'] }, signals },
    { name: 'metadata keys', config: { metadata_keys: ['tenant', 'zone'], metadata_cardinality_limit: 1 }, signals },
    { name: 'duplicate metadata keys', config: { metadata_keys: ['tenant', 'Tenant'] }, signals },
    { name: 'no metadata keys', config: { metadata_keys: [] }, signals },
    { name: 'unknown option', config: { size: 5 }, signals },
    { name: 'size that is a text', config: { send_batch_size: 'large' }, signals },
  ],
};
