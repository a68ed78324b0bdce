import { createHash } from 'node:crypto';
import type { Failure } from './failure-chains.ts';

/** Identifies the cause of failures. */
export interface CauseKey {
  /** 16 hexadecimal digits, equal for the same cause at any time. */
  readonly fingerprint: string;
  /** The service where it began. */
  readonly service: string;
  readonly type: string;
  /** The constant part of the message. Empty if there is none, or if messages have too little in common. */
  readonly template: string;
}

/**
 * Returns the identity of a failure's cause: the service where it began, the kind of error, and the constant part of its
 * message. Without a message, or if the messages vary, the operation tells causes apart, or the peer that was called.
 */
export function causeKey(
  { span, type, template, peer }: Pick<Failure, 'span' | 'type' | 'template' | 'peer'>,
  messagesVary: boolean,
): CauseKey {
  const constant = messagesVary ? '' : template;
  const place = constant !== '' ? '' : peer === '' ? span.name : peer;
  const text = JSON.stringify([span.service, type, constant, place]);
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { fingerprint, service: span.service, type, template: constant };
}
