import type { SendersReport, SendingSdk } from '@otelier/query';

/** Returns who sends to the simulated gateway: two healthy senders, two with findings, and hostile ones. */
export function senders(empty: boolean, hostile = 0): SendersReport {
  const now = Date.now();
  const list = empty ? [] : [...shop(now), ...Array.from({ length: hostile }, (_, index) => hostileSender(now, index))];
  return {
    atMillis: now,
    sinceMillis: now - 3_600_000,
    senders: list,
    clients: empty
      ? []
      : [
          {
            ...{
              address: '10.4.2.17',
              userAgent: 'OTel-OTLP-Exporter-Python/1.28.2',
              path: '/v1/trace',
              status: '404',
            },
            ...{ reason: 'path: expected /v1/traces, /v1/metrics or /v1/logs, got /v1/trace', count: 38 },
            ...{ atMillis: now - 9000, remedy: 'Give the SDK the endpoint without a path.' },
            code: 'OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:4318',
          },
        ],
    unlistedItems: 0,
  };
}

function shop(now: number): readonly SendingSdk[] {
  return [
    {
      ...healthy(now, 'recommendation', 'python', '1.28.2', 1104),
      findings: [
        {
          check: 'refused',
          severity: 'error',
          message: '38 requests with 19,456 items were refused: the gzip body ends early',
          remedy: 'The SDK drops refused requests. Change what the reason names, in the sender or in the pipeline.',
        },
        {
          check: 'deprecated-names',
          severity: 'warning',
          message: 'it uses deprecated names of the semantic conventions: http.method → http.request.method',
          remedy: 'Update its instrumentation, or switch it to the stable names.',
          code: 'OTEL_SEMCONV_STABILITY_OPT_IN=http',
        },
      ],
      deprecated: [{ name: 'http.method', replacement: 'http.request.method', items: 200 }],
    },
    {
      ...healthy(now, 'shipping', 'rust', '0.31.0', 488),
      clockMillis: 94_000,
      findings: [
        {
          check: 'clock',
          severity: 'warning',
          message: 'its items are 94 s ahead of the clock of this machine',
          remedy: 'Synchronize the clocks of both machines (NTP).',
          code: 'chronyc makestep',
        },
      ],
    },
    healthy(now, 'frontend', 'nodejs', '3.1.0', 5912),
    healthy(now, 'catalog', 'go', '1.38.0', 4806),
  ];
}

function healthy(
  now: number,
  service: string,
  language: string,
  sdkVersion: string,
  itemsPerSecond: number,
): SendingSdk {
  return {
    ...{
      service,
      namespace: 'shop',
      instance: `${service}-1`,
      version: '2.8.0',
      language,
      sdk: 'opentelemetry',
      sdkVersion,
    },
    ...{
      host: `${service}-7c9f`,
      address: '10.4.2.9',
      transports: ['grpc'],
      userAgent: `OTel-OTLP-Exporter/${sdkVersion}`,
    },
    ...{
      firstMillis: now - 3_600_000,
      lastMillis: now - 1000,
      itemsPerSecond,
      clockMillis: -20,
      inspectedRequests: 96,
    },
    signals: [
      {
        ...{ signal: 'traces', requests: 1200, items: 600_000, rejectedItems: 0 },
        ...{ partialRequests: 0, refusedRequests: 0, retryRequests: 0 },
      },
    ],
    ...{ repeatedRequests: 0, retriedRequests: 0, droppedItems: 0, missingItems: 0 },
    ...{ missing: [], deprecated: [], findings: [] },
  };
}

function hostileSender(now: number, index: number): SendingSdk {
  const sender = healthy(now, `<b>${index}</b>\u202e${'x'.repeat(150)}`, '\u0000', '9'.repeat(180), 0);
  return { ...sender, instance: `${index}`, host: 'h'.repeat(200), userAgent: '<script>alert(1)</script>' };
}
