const query = (language: string, text: string, more: object = {}) => ({
  kind: 'query',
  language,
  queries: [{ text }],
  shape: 'lines',
  ...more,
});

/** A board with panels of several kinds. */
export const BOARD = {
  version: 1,
  panels: [
    { kind: 'red', where: [], title: 'Requests', place: { x: 0, y: 0, w: 12, h: 6 } },
    {
      ...query('promql', 'sum by (job) (rate(http_server_request_duration_seconds_count[2m]))'),
      title: 'Requests by service',
      place: { x: 0, y: 6, w: 8, h: 7 },
    },
    {
      ...query(
        'promql',
        'histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket[5m])))',
        {
          shape: 'stat',
          unit: 's',
          thresholds: [{ value: 1, level: 'warn' }],
        },
      ),
      title: 'p95 of all requests',
      place: { x: 8, y: 6, w: 4, h: 7 },
    },
    { kind: 'logs', where: [], text: '', title: 'Log records', place: { x: 0, y: 13, w: 6, h: 7 } },
    { kind: 'patterns', where: ['severity >= warn'], text: '', title: 'Warnings', place: { x: 6, y: 13, w: 6, h: 7 } },
  ].map((panel, index) => ({ ...panel, id: `p${index + 1}` })),
};
