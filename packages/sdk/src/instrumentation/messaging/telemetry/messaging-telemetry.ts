import {
  type Attributes,
  type Context,
  context as contextApi,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { known } from '../../../client/known-options.ts';
import { isSuppressed } from '../../../context/suppression.ts';
import { SDK_VERSION } from '../../../version.ts';
import { CurrentInstruments } from '../../current-instruments.ts';
import type { Carrier } from './carriers.ts';
import { MessagingCall } from './messaging-call.ts';
import { createMessagingMetrics, type MessagingMetrics } from './messaging-metrics.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options.ts';

/** What messages are sent to or received from. */
export interface Destination {
  /** `messaging.destination.name`: a topic, subject or queue. Not set if it is temporary. */
  readonly name: string | undefined;
  /** `messaging.consumer.group.name`. */
  readonly group?: string | undefined;
  /** `messaging.destination.partition.id`. */
  readonly partition?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** Records the messages of one kind of system (semantic conventions, "Messaging"). */
export class MessagingTelemetry {
  readonly #system: string;
  readonly #tracer: Tracer;
  readonly #metrics: CurrentInstruments<MessagingMetrics>;

  /** Throws an `OptionError` that names the invalid option. */
  constructor(system: string, scope: string, options: MessagingOptions = {}) {
    const { tracerProvider, meterProvider } = known(options, MESSAGING_OPTIONS);
    this.#system = system;
    this.#tracer = (tracerProvider ?? trace).getTracer(scope, SDK_VERSION);
    this.#metrics = new CurrentInstruments(scope, meterProvider, createMessagingMetrics);
  }

  /**
   * Starts the span of sending messages in the active context. `operation` is the client's name for it, such as
   * `publish`. The span's context is sent with each message that has no context of its own; `carriers` are the headers
   * of those that have.
   */
  send(
    operation: string,
    destination: Destination,
    count: number,
    carriers: readonly Carrier[] = [],
    attributes: Attributes = {},
  ): MessagingCall | undefined {
    const active = contextApi.active();
    if (isSuppressed(active)) return undefined;
    const links = linksOf(carriers.map((carrier) => propagation.extract(ROOT_CONTEXT, carrier)));
    const { duration, sent } = this.#metrics.get();
    return this.#start('send', operation, destination, { kind: SpanKind.PRODUCER, count, links, attributes }, active, {
      duration,
      count: sent,
    });
  }

  /**
   * Starts the span of processing messages, whose headers are `carriers`. It continues the trace of a single message;
   * that of a batch has a link to each.
   */
  process(
    operation: string,
    destination: Destination,
    carriers: readonly Carrier[],
    isBatch: boolean,
    attributes: Attributes = {},
  ): MessagingCall | undefined {
    const active = contextApi.active();
    if (isSuppressed(active)) return undefined;
    const [first] = carriers;
    const parent = isBatch || first === undefined ? active : propagation.extract(active, first);
    const links = linksOf(carriers.map((carrier) => propagation.extract(ROOT_CONTEXT, carrier)));
    const { processDuration, consumed } = this.#metrics.get();
    const count = isBatch ? carriers.length : 1;
    return this.#start(
      'process',
      operation,
      destination,
      { kind: SpanKind.CONSUMER, count, isBatch, links, attributes },
      parent,
      { duration: processDuration, count: consumed },
    );
  }

  /** Starts the span of receiving one message in the trace of its sender. The program processes it later. */
  receive(
    operation: string,
    destination: Destination,
    carriers: readonly Carrier[],
    attributes: Attributes,
  ): MessagingCall | undefined {
    const active = contextApi.active();
    if (isSuppressed(active)) return undefined;
    const [first = {}] = carriers;
    const links = linksOf(carriers.map((carrier) => propagation.extract(ROOT_CONTEXT, carrier)));
    const { duration, consumed } = this.#metrics.get();
    const parts = { kind: SpanKind.CONSUMER, count: 1, links, attributes };
    return this.#start('receive', operation, destination, parts, propagation.extract(active, first), {
      duration,
      count: consumed,
    });
  }

  #start(
    type: 'send' | 'receive' | 'process',
    operation: string,
    { name, group, partition, address, port }: Destination,
    { kind, count, isBatch = count > 1, links, attributes }: SpanParts,
    parent: Context,
    instruments: ConstructorParameters<typeof MessagingCall>[0]['instruments'],
  ): MessagingCall {
    const dimensions: Attributes = {
      'messaging.system': this.#system,
      'messaging.operation.name': operation,
      'messaging.operation.type': type,
      ...(name !== undefined && { 'messaging.destination.name': name }),
      ...(group !== undefined && { 'messaging.consumer.group.name': group }),
      ...(partition !== undefined && { 'messaging.destination.partition.id': partition }),
      ...(address !== undefined && { 'server.address': address }),
      ...(port !== undefined && { 'server.port': port }),
    };
    const size = isBatch ? { 'messaging.batch.message_count': count } : {};
    const span = this.#tracer.startSpan(
      name === undefined ? operation : `${operation} ${name}`,
      { kind, links: [...links], attributes: { ...dimensions, ...size, ...attributes } },
      parent,
    );
    return new MessagingCall({ span, parent, dimensions, count, instruments });
  }
}

interface SpanParts {
  readonly kind: SpanKind;
  readonly count: number;
  readonly isBatch?: boolean;
  readonly links: readonly Link[];
  readonly attributes: Attributes;
}

function linksOf(contexts: readonly Context[]): readonly Link[] {
  return contexts.flatMap((each) => {
    const spanContext = trace.getSpanContext(each);
    return spanContext === undefined ? [] : [{ context: spanContext }];
  });
}
