import { type ApiClient, createApiClient, type TapEvent } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';
import { itemLines } from './item-lines.ts';

/** The options of `otelier tap`. */
export interface TapOptions {
  readonly url: string;
  readonly where?: string;
  readonly limit?: number;
  readonly rate?: number;
  /** Names in keys of attributes to mask, besides the default ones. `false` masks nothing. */
  readonly mask?: readonly string[] | false;
  readonly json?: boolean;
  readonly otlp?: boolean;
}

/** Receives the telemetry of a tap. */
export interface TapReceiver {
  /** Ends the tap. Default: it ends at its limit. */
  readonly signal?: AbortSignal;
  /** Takes a request in OTLP/JSON. Returns whether it takes more. */
  take(event: Extract<TapEvent, { event: 'telemetry' }>): boolean;
}

/** Prints the items that pass an edge or enter a component of a running process. */
export async function tapCommand(
  at: string,
  options: TapOptions,
  console: Console,
  receiver: TapReceiver = printerOf(options, console),
): Promise<void> {
  const { url, where, limit, rate, mask = [] } = options;
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  const parameters = {
    at,
    where,
    limit,
    rate,
    ...(mask === false ? { masked: 'false' } : { mask }),
  };
  await readTap(client, parameters, receiver, (message) => console.error(`otelier: ${message}`));
}

async function readTap(
  client: ApiClient,
  parameters: Parameters<ApiClient['tap']>[0],
  receiver: TapReceiver,
  report: (message: string) => void,
): Promise<void> {
  const { signal } = receiver;
  try {
    await readEvents(client.tap(parameters, signal), receiver, report);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

async function readEvents(
  events: AsyncIterable<TapEvent>,
  receiver: TapReceiver,
  report: (message: string) => void,
): Promise<void> {
  for await (const event of events) {
    if (event.event === 'skipped') {
      const { count } = event.data;
      report(`${count.toLocaleString('en-US')} items skipped: above the rate, or faster than they are read`);
    } else if (event.event === 'failed') {
      throw new CommandFailure(event.data.error.message);
    } else if (!receiver.take(event)) {
      return;
    }
  }
}

function printerOf({ json, otlp }: TapOptions, console: Console): TapReceiver {
  return {
    take(event) {
      const { signal, request } = event.data;
      if (otlp) console.print(JSON.stringify(request));
      else if (json) console.print(JSON.stringify({ signal, request }));
      else for (const line of itemLines(signal, request)) console.print(terminalText(line));
      return true;
    },
  };
}
