import { test } from 'node:test';
import { startViewTest } from '../../../dev/view-test.ts';
import { checkStates, saveBoard } from './axe.testing.ts';

const views = await startViewTest();
const shop = await views.serve();

test('axe finds no violations in the other views, in dark and light mode', async () => {
  const empty = await views.serve({ empty: true });
  const alerting = await views.serve();
  alerting.setAlerting('shop');
  alerting.setIdentity('admin');
  await saveBoard(shop.url);
  await checkStates(views, [
    { server: empty, path: '/boards', ready: '.state' },
    { server: shop, path: '/boards', ready: '.bo-list td' },
    { server: shop, path: '/boards?last=15m&board=axe&previous=1d', ready: '.bo-stats b' },
    { server: shop, path: '/boards?last=15m&board=axe&edit=board', ready: '.bo-legend b' },
    { server: shop, path: '/map?last=15m', ready: '.mp-node' },
    { server: shop, path: '/map?last=15m&node=service+payment&hops=2', ready: '.mp-label' },
    { server: shop, path: '/map?last=15m&node=peer+redis&shape=table', ready: '.mp-panel td' },
    { server: empty, path: '/map', ready: '.state' },
    { server: shop, path: '/errors?last=15m', ready: '.er-frame' },
    { server: empty, path: '/errors', ready: '.state' },
    { server: shop, path: '/services/payment?last=15m', ready: '.sv-two tbody tr' },
    { server: shop, path: '/pipeline', ready: '.pi-label' },
    { server: shop, path: '/cost?last=15m', ready: '.ct-balance td' },
    { server: shop, path: '/cost?last=15m&tab=attributes&unit=items', ready: '.ct-balance td' },
    { server: empty, path: '/cost', ready: '.state' },
    { server: alerting, path: '/alerts?last=30m', ready: '.al-limit' },
    { server: alerting, path: '/alerts?last=30m&rule=rules/shop.yml shop Broken severity page', ready: '.al-error' },
    { server: shop, path: '/alerts', ready: '.state' },
    { server: alerting, path: '/admin', ready: '.ad-audit li' },
    { server: alerting, path: '/admin?tab=keys', ready: '.ad-one td' },
    { server: alerting, path: '/admin?tab=protection', ready: '.dp-column td' },
    { server: shop, path: '/admin', ready: '.state' },
    { server: shop, path: '/senders', ready: '.sn-finding' },
    { server: empty, path: '/senders', ready: '.state' },
    { server: shop, path: '/certificates', ready: '.ce-facts dd' },
    { server: empty, path: '/certificates', ready: '.state' },
    { server: shop, path: '/health', ready: '.he-finding' },
    { server: shop, path: '/health?tab=heap', ready: '.he-profile .state' },
    { server: shop, path: '/query', ready: '.state' },
    { server: shop, path: '/query?query=SELECT+1', ready: '.qu-table td' },
    { server: shop, path: '/query?query=SELECT+count(*+FROM+spans', ready: '.cm-errorText' },
    { server: shop, path: '/query?lang=traceql&query=%7B%7D', ready: '.qu-table td' },
    { server: shop, path: '/query?lang=logql&query=%7Bapp%3D"x"%7D', ready: '.qu-line' },
    { server: shop, path: '/query?lang=promql&query=sum+by+(le)+(rate(x_bucket%5B5m%5D))', ready: '.se-table td' },
  ]);
});
