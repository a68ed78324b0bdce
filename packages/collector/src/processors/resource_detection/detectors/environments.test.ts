import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { detected } from '../detected.testing.ts';
import { fakeMetadata } from '../fake-metadata.testing.ts';

test('lambda, heroku, Azure App Service and Container Apps read their environment', async () => {
  const lambda = await detected(
    { detectors: ['lambda'] },
    {
      AWS_LAMBDA_FUNCTION_NAME: 'fn',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_VERSION: '3',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: 'group',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    },
  );
  assert.deepEqual(lambda.attributes, {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': 'eu-west-1',
    'faas.name': 'fn',
    'faas.version': '3',
    'faas.instance': 'stream',
    'faas.max_memory': '128',
    'aws.log.group.names': ['group'],
    'aws.log.stream.names': ['stream'],
  });
  const heroku = await detected(
    { detectors: ['heroku'] },
    { HEROKU_DYNO_ID: 'dyno', HEROKU_APP_ID: 'app', HEROKU_APP_NAME: 'name', HEROKU_SLUG_COMMIT: 'abc' },
  );
  assert.deepEqual(heroku.attributes, {
    'service.instance.id': 'dyno',
    'heroku.app.id': 'app',
    'cloud.provider': 'heroku',
    'service.name': 'name',
    'heroku.release.commit': 'abc',
  });
  const appService = await detected(
    { detectors: ['azureappservice'] },
    {
      WEBSITE_SITE_NAME: 'site',
      WEBSITE_RESOURCE_GROUP: 'group',
      WEBSITE_OWNER_NAME: 'sub+group-WestEuropewebspace',
      REGION_NAME: 'West Europe',
    },
  );
  assert.deepEqual(appService.attributes, {
    'cloud.provider': 'azure',
    'cloud.platform': 'azure.app_service',
    'service.name': 'site',
    'cloud.account.id': 'sub',
    'cloud.resource_id': '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/site',
    'azure.resource_group.name': 'group',
    'cloud.region': 'West Europe',
  });
  const containerApps = await detected(
    { detectors: ['azurecontainerapps'] },
    { CONTAINER_APP_NAME: 'app', CONTAINER_APP_REPLICA_NAME: 'app--1' },
  );
  assert.equal(containerApps.attributes['azure.container_app.instance.id'], 'app--1');
});

test('these environments are missing elsewhere, which is an error only if they are required', async () => {
  for (const detector of ['lambda', 'heroku', 'azureappservice', 'azurecontainerapps', 'ecs', 'elastic_beanstalk']) {
    const config = { detectors: [detector] };
    assert.deepEqual((await detected(config)).attributes, {}, detector);
    const required = { ...config, fail_on_missing_metadata: true, retry: { enabled: false } };
    await assert.rejects(detected(required), new RegExp(`detector ${detector}: metadata unavailable`));
  }
});

test('elastic_beanstalk and dynatrace read their files', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'enrich-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'environment.conf');
  await writeFile(file, '{"deployment_id":23,"environment_name":"BETA","version_label":"env-version-1234"}');
  assert.deepEqual((await detected({ detectors: ['elastic_beanstalk'], elasticbeanstalk: { file } })).attributes, {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_elastic_beanstalk',
    'deployment.environment': 'BETA',
    'service.instance.id': '23',
    'service.version': 'env-version-1234',
  });
  await writeFile(file, 'not JSON');
  const broken = detected({ detectors: ['elastic_beanstalk'], elasticbeanstalk: { file }, retry: { enabled: false } });
  await assert.rejects(broken, /environment.conf: expected JSON/);

  await writeFile(
    join(directory, 'dt_host_metadata.properties'),
    'dt.entity.host=HOST-1\nno pair\nother=x\nhost.name= h=1 \r\ndt.smartscape.host=\n',
  );
  assert.deepEqual((await detected({ detectors: ['dynatrace'], dynatrace: { directory } })).attributes, {
    'dt.entity.host': 'HOST-1',
    'host.name': 'h=1',
  });
});

test('docker asks the daemon, also for the own container', async (t) => {
  const { url, paths } = await fakeMetadata(t, {
    '/info': '{"Name":"docker-host","OSType":"linux"}',
    [`/containers/${encodeURIComponent((await import('node:os')).hostname())}/json`]:
      '{"Name":"/collector","Image":"sha256:1"}',
  });
  const environment = { DOCKER_HOST: url.replace('http://', 'tcp://') };
  const plain = await detected({ detectors: ['docker'] }, environment);
  assert.deepEqual(plain.attributes, { 'os.type': 'linux', 'host.name': 'docker-host' });
  assert.deepEqual(paths, ['GET /info']);
  const enabled = { 'container.name': { enabled: true }, 'container.image.name': { enabled: true } };
  const whole = await detected({ detectors: ['docker'], docker: { resource_attributes: enabled } }, environment);
  assert.deepEqual(whole.attributes, {
    'os.type': 'linux',
    'host.name': 'docker-host',
    'container.name': '/collector',
    'container.image.name': 'sha256:1',
  });
});

test('consul asks the agent with its token and keeps the chosen metadata', async (t) => {
  const { url } = await fakeMetadata(t, {
    '/v1/agent/self?dc=east&ns=team': ({ headers }) =>
      headers['x-consul-token'] === 'secret'
        ? '{"Config":{"NodeName":"node","Datacenter":"east","NodeID":"id"},"Meta":{"rack":"7","os":"linux"}}'
        : 403,
  });
  const consul = { address: url, datacenter: 'east', namespace: 'team', token: 'secret', meta: { rack: null } };
  assert.deepEqual((await detected({ detectors: ['consul'], consul })).attributes, {
    'host.name': 'node',
    'cloud.region': 'east',
    'host.id': 'id',
    rack: '7',
  });
});
