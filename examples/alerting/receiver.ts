/** Prints the alerts of a webhook, in the payload of Alertmanager. A repeated notification is printed once. */
import { createServer } from 'node:http';
import { env } from 'node:process';

interface Notification {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

const seen = new Set<string | undefined>();

createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  // All attempts of a notification have the same key.
  const key = request.headers['idempotency-key']?.toString();
  const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as Notification;
  if (!seen.has(key)) {
    for (const { status, labels, annotations } of alerts) {
      console.log(`${status}: ${labels.alertname} (${labels.severity}): ${annotations.summary}`);
    }
  }
  seen.add(key);
  response.end();
}).listen(Number(env.PORT ?? 9000), '127.0.0.1');
