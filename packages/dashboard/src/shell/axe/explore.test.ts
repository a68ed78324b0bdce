import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';
import { checkStates } from './axe.testing.ts';

const views = await startViewTest();
const shop = await views.serve();

test('axe finds no violations in the overview, traces, logs and metrics, in dark and light mode', async () => {
  const failed =
    [...shop.shop.traces.values()].findLast((spans) =>
      spans.some((span) => span.name === 'gateway.charge' && span.statusCode === 'ERROR'),
    ) ?? [];
  const span = failed.find((one) => one.name === 'gateway.charge');
  const good = [...shop.shop.traces].findLast(([, spans]) => spans.every((one) => one.statusCode !== 'ERROR'))?.[0];
  const empty = await views.serve({ empty: true });
  await checkStates(views, [
    { server: shop, path: '/?last=15m', ready: '.ov-error' },
    { server: empty, path: '/', ready: '.fr-arrivals canvas' },
    { server: shop, path: '/traces?last=15m', ready: '.tr-hits tbody tr' },
    {
      server: shop,
      path: `/traces?last=15m&trace=${span?.traceId}&span=${span?.spanId}&find=charge`,
      ready: '.tr-detail .tr-line',
    },
    { server: shop, path: `/traces?last=15m&trace=${span?.traceId}&shape=flame&path=critical`, ready: '.fl-marked' },
    { server: shop, path: '/traces?last=15m&compare=groups&select=status+%3D+error', ready: '.co-panel' },
    { server: shop, path: `/traces?last=15m&compare=two&a=${span?.traceId}&b=${good}`, ready: '.two-row[role]' },
    { server: shop, path: '/traces?where=service+%3D+unknown', ready: '.state' },
    { server: shop, path: '/logs?last=15m&text=charge', ready: '.lo-row' },
    {
      server: shop,
      path: '/logs?last=15m&around=service&columns=attributes.payment.method',
      ready: '.lo-main[aria-expanded]',
    },
    { server: shop, path: '/logs?last=15m&tab=fields', ready: '.lo-field' },
    { server: shop, path: '/logs?last=15m&tab=patterns', ready: '.lo-pattern[aria-expanded]' },
    {
      server: shop,
      path: '/metrics?last=15m&metric=payment.charge.duration&by=service.version&agg=p95&agg=p50',
      ready: '.se-exemplar',
    },
    { server: empty, path: '/metrics', ready: '.state' },
    { server: shop, path: '/metrics?last=15m&lang=promql&query=x&shape=stacked', ready: '.cm-content' },
  ]);
});
