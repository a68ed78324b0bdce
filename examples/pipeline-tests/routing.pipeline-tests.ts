import { defineTests, span, traceId } from 'otelier/test';

const second = 1_000_000_000n;
const request = (id: number, environment: string, durationNanos: bigint) =>
  span('GET /cart', {
    traceId: traceId(id),
    startTimeUnixNano: 1n,
    endTimeUnixNano: 1n + durationNanos,
    resource: { attributes: { 'deployment.environment.name': environment } },
  });

export default defineTests({
  config: 'otelier.yaml',
  environment: { BACKEND: 'backend.example.com' },
  tests: ['test', 'production'].map((environment) => ({
    name: `keeps slow traces of ${environment}`,
    pipeline: 'traces',
    given: [{ spans: [request(1, environment, 2n * second), request(2, environment, second / 2n)] }],
    expect: [
      { pipeline: `traces/${environment}`, spans: [request(1, environment, 2n * second)] },
      { pipeline: environment === 'test' ? 'traces/production' : 'traces/test', count: 0 },
    ],
  })),
});
