import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';

/** The options of `otelier health`. */
export interface HealthOptions {
  /** A URL without a path means `/healthz` there. Others are requested as they are, such as `/status` of `health_check_v2`. */
  readonly url: string;
  /** Seconds. */
  readonly timeout: number;
}

/** What is printed of a response at most. */
const MAX_CHARACTERS = 1000;

/** Requests a health check and prints its response. Fails if it is not successful. */
export async function healthCommand({ url, timeout }: HealthOptions, console: Console): Promise<void> {
  const target = new URL(url);
  if (target.pathname === '/') target.pathname = '/healthz';
  const signal = AbortSignal.timeout(timeout * 1000);
  const { status, text } = await request(target, signal).catch((error: unknown) => {
    throw new CommandFailure(
      signal.aborted
        ? `${target}: expected a response within ${timeout} s, got none`
        : `${target}: expected a response, got ${reasonOf(error)}`,
    );
  });
  const shown = text.trim().slice(0, MAX_CHARACTERS);
  if (status < 200 || status > 299) throw new CommandFailure(`${target}: expected status 200, got ${status}: ${shown}`);
  console.print(shown === '' ? `status ${status}` : shown);
}

async function request(url: URL, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, { signal, redirect: 'manual' });
  let text = '';
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.length > MAX_CHARACTERS) break;
  }
  return { status: response.status, text };
}

/** The cause says more than `fetch failed`. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
