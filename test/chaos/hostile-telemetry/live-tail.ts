import { setImmediate } from 'node:timers/promises';
import { compareSubset, type Report, type ShownRecord, sentRecordText, shortened, shownRecordText } from './checks.ts';
import type { SentTelemetry } from './sent.ts';

/** A live tail subscription that is open while telemetry is sent. */
export interface LiveTail {
  /** Closes the stream and checks that everything it delivered had been sent. */
  check(sent: SentTelemetry, report: Report): Promise<void>;
}

/** Opens a live tail. Resolves when it is subscribed. */
export async function openLiveTail(url: string): Promise<LiveTail> {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/logs/tail`, { signal: abort.signal });
  let text = '';
  let isOpen = true;
  const ended = (async () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })()
    .catch((error: unknown) => error)
    .finally(() => {
      isOpen = false;
    });
  return {
    async check(sent, report) {
      const records = [...sent.logRecords()];
      // Records are delivered after the response to their sender.
      while (records.length > 0 && isOpen && !text.includes('event: log')) await setImmediate();
      abort.abort();
      await ended;
      const shown = parseEvents(text, report);
      if (shown.length === 0 && records.length > 0) report('live tail: expected log records, got none');
      compareSubset('live tail', shown.map(shownRecordText), records.map(sentRecordText), report);
    },
  };
}

function parseEvents(text: string, report: Report): readonly ShownRecord[] {
  // The last event may be incomplete.
  const events = text.split('\n\n').slice(0, -1);
  return events.flatMap((event) => {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
    if (name === undefined && !/^(retry|:)/.test(event))
      report(`live tail: expected an event, got ${shortened(event)}`);
    if (name === 'failed') report(`live tail: ${data}`);
    return name === 'log' ? [JSON.parse(data ?? '')] : [];
  });
}
