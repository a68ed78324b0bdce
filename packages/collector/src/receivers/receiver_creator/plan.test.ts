import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { creatorConfig } from './config.ts';
import { createPlanner } from './plan.ts';
import { compileRule } from './rule.ts';
import { compileTemplate } from './template.ts';
import { variablesOf } from './variables.ts';

const POD = {
  ...{ name: 'redis-0', namespace: 'shop', uid: 'u1', labels: { app: 'redis', 'a.b/c': '1' } },
  annotations: { 'prometheus.io/port': '9100', interval: '20s' },
};
const PORT: ObservedEndpoint = {
  id: 'o/u1/redis(6379)',
  type: 'port',
  target: '10.0.0.1:6379',
  details: { name: 'redis', port: 6379, transport: 'TCP', container_name: 'main', pod: POD },
};

test('rules select endpoints as expr-lang does', () => {
  const variables = variablesOf(PORT);
  const cases: readonly (readonly [string, boolean])[] = [
    ['type == "port"', true],
    ['type == "pod"', false],
    ['type == "port" && port == 6379', true],
    ['type == "port" && port > 6379', false],
    ["type == 'port' and port in [80, 6379]", true],
    ['type == "port" && pod.name matches "^redis-\\\\d+$"', true],
    ['type == "port" && not (pod.name matches "(?i)MYSQL")', true],
    ['type == "port" && pod.labels["app"] == "redis"', true],
    ['type == "port" && pod.labels["none"] == "redis"', false],
    ['type == "port" && "a.b/c" in pod.labels', true],
    ['type == "port" && "none" in pod.labels', false],
    ['type == "port" && pod.name contains "dis"', true],
    ['type == "port" && pod.name startsWith "redis" && len(pod.labels) == 2', true],
    ['type == "port" && typeOf(port) == "int"', true],
    ['type == "port" && host == "10.0.0.1" && endpoint == "10.0.0.1:6379" && id contains "u1"', true],
    ['type == "port" && is_ipv6 == true', false],
    ['type == "port" && (port == 1 || transport == "TCP")', true],
    ['type == "pod" && annotations["x"] == "y"', false],
  ];
  for (const [text, expected] of cases) assert.equal(compileRule(text)(variables), expected, text);
  assert.throws(() => compileRule('type == "port" ? 1 : 2')(variables), { message: /expected a boolean/ });
  assert.throws(() => compileRule('type == "port" && labels["x"] == 1')(variables), { message: /cannot fetch x from/ });
});

test('templates replace expressions between backticks', () => {
  const variables = variablesOf(PORT);
  const cases: readonly (readonly [unknown, unknown])[] = [
    ['plain', 'plain'],
    ['', ''],
    [7, 7],
    ['`port`', 6379],
    ['`port``port`', '63796379'],
    ['`"app" in pod.labels`', true],
    [
      'https://`host`:`"prometheus.io/port" in pod.annotations ? pod.annotations["prometheus.io/port"] : 9090`/x',
      'https://10.0.0.1:9100/x',
    ],
    ['`pod.labels["none"]`', null],
    ['a `pod.labels["none"]`', 'a <nil>'],
    ['\\`port\\` \\d', '`port` \\d'],
    ['`[port, "x"]`', [6379, 'x']],
    ['`pod.labels`', { app: 'redis', 'a.b/c': '1' }],
    ['`env("PATH")`', ''],
    [{ list: ['`port`', { deep: '`name`' }] }, { list: [6379, { deep: 'redis' }] }],
  ];
  for (const [written, expected] of cases)
    assert.deepEqual(compileTemplate(written)(variables), expected, JSON.stringify(written));
  assert.equal(variablesOf({ ...PORT, target: '[fd00::1]:80' }).get('host'), 'fd00::1');
});

test('attributes are the defaults of the type, those of the type, and those of the receiver', () => {
  const planner = createPlanner(
    creatorConfig.parse({
      watchObservers: ['o'],
      receivers: {
        redis: { rule: 'type == "port"', resourceAttributes: { a: 'receiver', 'k8s.pod.uid': '' } },
        broken: { rule: 'type == "port" && labels["x"] == "y"' },
      },
      resourceAttributes: { port: { a: 'type', b: '`pod.labels["app"]`', 'k8s.namespace.name': '', c: '`nil`' } },
    }),
  );
  const [redis, broken] = planner(PORT);
  assert.deepEqual(redis, {
    id: 'redis',
    options: {},
    attributes: { 'k8s.pod.name': 'redis-0', a: 'receiver', b: 'redis' },
    signals: undefined,
    isHinted: false,
  });
  assert.match(JSON.stringify(broken), /"id":"broken","failure":"cannot fetch/);
});

test('annotations of a container or port come before those of the pod, and defaults last', () => {
  const planner = createPlanner(
    creatorConfig.parse({
      watchObservers: ['o'],
      receivers: { redis: { rule: 'type == "port"' } },
      discovery: {
        enabled: true,
        ignoreReceivers: ['nginx'],
        defaultAnnotations: { 'io.opentelemetry.discovery.logs/enabled': 'true' },
      },
    }),
  );
  const metrics = 'io.opentelemetry.discovery.metrics';
  const port = (annotations: Readonly<Record<string, string>>) =>
    planner({ ...PORT, details: { ...PORT.details, pod: { ...POD, annotations } } })[0];
  assert.equal(port({})?.id, 'redis');
  assert.equal(port({ [`${metrics}/enabled`]: 'true', [`${metrics}/scraper`]: 'nginx' })?.id, 'redis');
  const hinted = port({
    [`${metrics}/enabled`]: 'false',
    [`${metrics}.6379/enabled`]: 'true',
    [`${metrics}/scraper`]: 'apache',
    [`${metrics}/config`]: 'endpoint: "http://`endpoint`/server-status?auto"',
  });
  assert.deepEqual(hinted, {
    id: 'apache/u1_6379',
    options: { endpoint: 'http://10.0.0.1:6379/server-status?auto' },
    signals: ['metrics'],
    attributes: { 'k8s.pod.name': 'redis-0', 'k8s.pod.uid': 'u1', 'k8s.namespace.name': 'shop' },
    isHinted: true,
  });
  const container = (name: string, pod: object = {}) =>
    planner({
      ...PORT,
      type: 'pod.container',
      details: { container_name: name, container_id: 'c', container_image: 'i', pod: { ...POD, ...pod } },
    })[0];
  const logs = container('main');
  assert.deepEqual(logs && 'options' in logs && logs.options['include'], ['/var/log/pods/shop_redis-0_u1/main/*.log']);
  for (const [name, pod] of [
    ['../x', {}],
    ['main', { name: '*' }],
    ['main', { uid: '' }],
  ] as const)
    assert.match(JSON.stringify(container(name, pod)), /expected names of a pod/);
});
