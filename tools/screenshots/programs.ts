const NANOS = 1_000_000n;

/** Programs that send over OTLP, some of which need a change. */
const PROGRAMS = [
  { name: 'billing', version: '4.1.0', language: 'java', lateMillis: 0 },
  { name: 'invoices', version: undefined, language: 'python', lateMillis: 0 },
  { name: 'mailer', version: '1.0.3', language: 'nodejs', lateMillis: 95_000 },
];

/** Sends a trace of each program every second, until the timer is cleared. */
export function sendPrograms(url: string): NodeJS.Timeout {
  let count = 0;
  return setInterval(() => {
    count += 1;
    const nowMillis = Date.now();
    for (const [index, program] of PROGRAMS.entries()) void sendTrace(url, program, nowMillis, count * 10 + index);
  }, 1000);
}

async function sendTrace(
  url: string,
  { name, version, language, lateMillis }: (typeof PROGRAMS)[number],
  nowMillis: number,
  number: number,
): Promise<void> {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const start = BigInt(nowMillis - lateMillis - 40) * NANOS;
  const span = {
    traceId: number.toString(16).padStart(32, 'e'),
    spanId: number.toString(16).padStart(16, 'e'),
    name: 'process job',
    kind: 5,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 38n * NANOS),
  };
  const attributes = [
    attribute('service.name', name),
    attribute('telemetry.sdk.language', language),
    ...(version === undefined ? [] : [attribute('service.version', version)]),
  ];
  await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] }),
  });
}
