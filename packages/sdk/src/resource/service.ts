import { randomUUID } from 'node:crypto';
import type { Attributes } from '../attributes/attribute-list.ts';

/** Tells instances of a service apart; another in every process and worker thread (semantic conventions, "Service Instance"). */
export function detectService(): Attributes {
  return { 'service.instance.id': INSTANCE_ID };
}

const INSTANCE_ID = randomUUID();
