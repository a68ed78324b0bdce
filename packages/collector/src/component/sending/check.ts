import type { ConfigIssue, ConfigUse } from '../define.ts';
import { checkStorage } from '../storage/storage-of.ts';
import { batchingOf, type SendingConfig } from './config.ts';

/** Metadata that is a credential, which is never written to disk. */
const CREDENTIALS = /passw|secret|token|api-?key|authorization|credential|cookie/i;

/** Reports what a sending queue cannot do with its configuration. */
export function checkSending(
  { sendingQueue }: Pick<SendingConfig, 'sendingQueue'>,
  use: ConfigUse,
): readonly ConfigIssue[] {
  const { enabled, storage, sizer, queueSize } = sendingQueue;
  if (!enabled) return [];
  const issues = checkStorage(storage, ['sending_queue', 'storage'], use);
  const batching = batchingOf(sendingQueue);
  if (batching === undefined) return issues;
  const { metadataKeys } = batching.partition;
  const credential = metadataKeys.find((key) => CREDENTIALS.test(key));
  if (storage !== undefined && credential !== undefined) {
    const path = ['sending_queue', 'batch', 'partition', 'metadata_keys', metadataKeys.indexOf(credential)];
    const message = `expected metadata without credentials, which are never written to disk, got "${credential}"`;
    issues.push({ path, message });
  }
  if (batching.sizer === sizer && batching.minSize > queueSize) {
    const path = ['sending_queue', 'batch', 'min_size'];
    issues.push({ path, message: `expected at most queue_size, ${queueSize}, got ${batching.minSize}` });
  }
  return issues;
}
