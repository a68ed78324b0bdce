import type { Counter, Histogram, Meter } from '@opentelemetry/api';

/** The instruments of messaging clients (semantic conventions, "Messaging client metrics"). */
export interface MessagingMetrics {
  readonly duration: Histogram;
  readonly sent: Counter;
  readonly consumed: Counter;
  readonly processDuration: Histogram;
}

/** Creates the instruments. */
export function createMessagingMetrics(meter: Meter): MessagingMetrics {
  const histogram = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: DURATION_BOUNDARIES } });
  const counter = (name: string, description: string) => meter.createCounter(name, { description, unit: '{message}' });
  return {
    duration: histogram('messaging.client.operation.duration', 'Duration of operations of a producer or consumer.'),
    sent: counter('messaging.client.sent.messages', 'Messages that a producer attempted to send.'),
    consumed: counter('messaging.client.consumed.messages', 'Messages that were delivered to the application.'),
    processDuration: histogram('messaging.process.duration', 'Duration of processing messages.'),
  };
}

const DURATION_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
