import type { SendingSdk } from '@otelier/query';

/** Returns the identity of a sender in the URL. */
export function senderId({ service, namespace, instance, host, address, language, sdkVersion }: SendingSdk): string {
  return [service, namespace, instance, host, address, language, sdkVersion].join(' ').slice(0, 400);
}

/** Returns the SDK of a sender: language and version. */
export function sdkText({ language, sdk, sdkVersion }: SendingSdk): string {
  return [language || sdk, sdkVersion].filter(Boolean).join(' ');
}

/** Returns the sum of a counter over all signals. */
export function totalOf(
  { signals }: SendingSdk,
  ...keys: readonly ('requests' | 'items' | 'rejectedItems' | 'refusedRequests' | 'retryRequests')[]
): number {
  return signals.reduce((sum, signal) => sum + keys.reduce((part, key) => part + signal[key], 0), 0);
}
