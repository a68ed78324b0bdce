import type { Agent } from 'node:http';
import { type HttpResponse, httpRequest, httpStream } from '../../component/http/http-request.ts';
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
  /** Settings in addition to those of the client. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The result of a statement. */
export type StatementResult = { readonly kind: 'done'; readonly body: string } | StatementFailure;

/** The result of a statement whose response is read while it arrives. */
export type StatementStream = { readonly kind: 'done'; readonly body: AsyncIterable<Uint8Array> } | StatementFailure;

/** Why a statement failed. */
export interface StatementFailure {
  readonly kind: 'failed';
  readonly reason: string;
  readonly isTemporary: boolean;
  /** The code of ClickHouse, if it responded with one. */
  readonly code: number | undefined;
  /** Whether no server responded. */
  readonly unreachable: boolean;
}

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
  run(statement: Statement, abort: AbortSignal): Promise<StatementResult> {
    return this.#first(abort, (position) => this.#runOn(position, statement, abort));
  }

  /** Runs a statement on the first server that responds, and streams the response. */
  stream(statement: Statement, abort: AbortSignal): Promise<StatementStream> {
    return this.#first(abort, (position) => this.#streamFrom(position, statement, abort));
  }

  async #first<R extends StatementStream | StatementResult>(
    abort: AbortSignal,
    runOn: (position: number) => Promise<R>,
  ): Promise<R> {
    let result: R | undefined;
    for (const position of this.#positions()) {
      result = await runOn(position);
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

  async #runOn(position: number, statement: Statement, signal: AbortSignal): Promise<StatementResult> {
    try {
      return resultOf(await httpRequest(...this.#request(position, statement, signal)));
    } catch (error) {
      return unreachable(error, signal);
    }
  }

  async #streamFrom(position: number, statement: Statement, signal: AbortSignal): Promise<StatementStream> {
    try {
      const response = await httpStream(...this.#request(position, statement, signal));
      return isDone(response) ? { kind: 'done', body: response.body } : failureOf(await response.complete());
    } catch (error) {
      return unreachable(error, signal);
    }
  }

  #request(position: number, { text, rows, settings }: Statement, signal: AbortSignal): Parameters<typeof httpRequest> {
    const { urls, username, password } = this.#options;
    const url = new URL(urls[position] as URL);
    for (const [name, value] of Object.entries({ ...this.#options.settings, ...settings }))
      url.searchParams.set(name, value);
    if (rows !== undefined) url.searchParams.set('query', text);
    const headers = {
      'user-agent': `otelier/${VERSION}`,
      'content-type': 'application/octet-stream',
      ...(username !== '' && { 'x-clickhouse-user': username, 'x-clickhouse-key': password }),
      ...(rows?.coding !== undefined && { 'content-encoding': rows.coding }),
    };
    const body = rows === undefined ? text : rows.body;
    const agent = this.#agents[position];
    return [url.href, { method: 'POST', headers, body, signal, agent, maxBytes: MAX_RESPONSE_BYTES }];
  }
}

const CODE_HEADER = 'x-clickhouse-exception-code';

function unreachable(error: unknown, signal: AbortSignal): StatementFailure {
  const { reason } = unreachableOutcome(error, signal);
  return { kind: 'failed', reason, isTemporary: true, code: undefined, unreachable: true };
}

function resultOf(response: HttpResponse): StatementResult {
  return isDone(response) ? { kind: 'done', body: response.body } : failureOf(response);
}

/** A statement can fail after the server has sent the status. */
function isDone({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>): boolean {
  return status === 200 && headers[CODE_HEADER] === undefined;
}

function failureOf({ status, headers, body }: HttpResponse): StatementFailure {
  const found = Number(headers[CODE_HEADER] ?? /^Code: (\d+)/.exec(body)?.[1] ?? Number.NaN);
  const code = Number.isInteger(found) ? found : undefined;
  const reason = responseReason(status, body);
  return { kind: 'failed', reason, isTemporary: isTemporary(status, code), code, unreachable: false };
}
