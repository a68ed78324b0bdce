import type { Webhook } from './start-webhook.ts';

/** Returns the metrics of the webhook in the text format of Prometheus. */
export function webhookMetrics({ isReady, stats }: Pick<Webhook, 'isReady' | 'stats'>): string {
  const requests = Object.entries(stats).map(
    ([result, count]) => `otelier_webhook_requests_total{result="${result}"} ${count}\n`,
  );
  return [
    '# HELP otelier_webhook_requests_total Requests to the webhook by result.\n',
    '# TYPE otelier_webhook_requests_total counter\n',
    ...requests,
    '# HELP otelier_webhook_ready Whether the webhook has a certificate and knows all objects.\n',
    '# TYPE otelier_webhook_ready gauge\n',
    `otelier_webhook_ready ${Number(isReady)}\n`,
  ].join('');
}
