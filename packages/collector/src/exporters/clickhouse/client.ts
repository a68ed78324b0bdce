import type { Agent } from 'node:http';
import { type HttpResponse, httpRequest } from '../../component/http/http-request.ts';
import { createKeepAliveAgent, type KeepAliveOptions } from '../../component/http/keep-alive-agent.ts';
import { responseReason } from '../../component/http/response-reason.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { VERSION } from '../../component/version.ts';
import { isTemporary } from './errors.ts';

/** Options for `ClickHouseClient`. */
export interface ClickHouseClientOptions extends KeepAliveOptions {
  readonly urls: readonly URL[];
  readonly username: string;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly strategy: 'in_order' | 'round_robin' | 'random';
  readonly random: () => number;
}

/** A statement, with the rows that it inserts. */
export interface Statement {
  readonly text: string;
  readonly rows?: { readonly body: Uint8Array; readonly coding: string | undefined };
}

/** The result of a statement. */
export type StatementResult =
  | { readonly kind: 'done'; readonly body: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly isTemporary: boolean;
      /** The code of ClickHouse, if it responded with one. */
      readonly code: number | undefined;
      /** Whether no server responded. */
      readonly unreachable: boolean;
    };

const MAX_RESPONSE_BYTES = 8 << 20;

/** Sends statements to the HTTP interface of ClickHouse. */
export class ClickHouseClient {
  readonly #options: ClickHouseClientOptions;
  #agents: readonly Agent[] = [];
  #next = 0;

  constructor(options: ClickHouseClientOptions) {
    this.#options = options;
  }

  start(): void {
    this.#agents = this.#options.urls.map((url) => createKeepAliveAgent(url, this.#options));
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** Runs a statement on the first server that responds. */
  async run(statement: Statement, abort: AbortSignal): Promise<StatementResult> {
    let result: StatementResult | undefined;
    for (const position of this.#positions()) {
      result = await this.#runOn(position, statement, abort);
      if (result.kind === 'done' || !result.unreachable || abort.aborted) return result;
    }
    if (result === undefined) throw new Error('expected at least one server');
    return result;
  }

  /** Returns the positions of the servers in the order in which they are tried. */
  #positions(): readonly number[] {
    const { urls, strategy, random } = this.#options;
    let first = 0;
    if (strategy === 'round_robin') first = this.#next++ % urls.length;
    if (strategy === 'random') first = Math.floor(random() * urls.length);
    return urls.map((_, index) => (first + index) % urls.length);
  }

  async #runOn(position: number, { text, rows }: Statement, signal: AbortSignal): Promise<StatementResult> {
    const { urls, username, password, settings } = this.#options;
    const url = new URL(urls[position] as URL);
    for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
    if (rows !== undefined) url.searchParams.set('query', text);
    try {
      const response = await httpRequest(url.href, {
        method: 'POST',
        headers: {
          'user-agent': `otelier/${VERSION}`,
          'content-type': 'application/octet-stream',
          ...(username !== '' && { 'x-clickhouse-user': username, 'x-clickhouse-key': password }),
          ...(rows?.coding !== undefined && { 'content-encoding': rows.coding }),
        },
        body: rows === undefined ? text : rows.body,
        signal,
        agent: this.#agents[position],
        maxBytes: MAX_RESPONSE_BYTES,
      });
      return resultOf(response);
    } catch (error) {
      const { reason } = unreachableOutcome(error, signal);
      return { kind: 'failed', reason, isTemporary: true, code: undefined, unreachable: true };
    }
  }
}

function resultOf({ status, headers, body }: HttpResponse): StatementResult {
  const header = headers['x-clickhouse-exception-code'];
  // A statement can fail after the server has sent the status.
  if (status === 200 && header === undefined) return { kind: 'done', body };
  const code = Number(header ?? /^Code: (\d+)/.exec(body)?.[1] ?? Number.NaN);
  const known = Number.isInteger(code) ? code : undefined;
  return {
    kind: 'failed',
    reason: responseReason(status, body),
    isTemporary: isTemporary(status, known),
    code: known,
    unreachable: false,
  };
}
