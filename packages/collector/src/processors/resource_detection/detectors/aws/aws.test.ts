import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detected } from '../../detected.testing.ts';
import { type FakeResponse, fakeMetadata } from '../../fake-metadata.testing.ts';

const withToken = (body: string): FakeResponse => {
  return ({ headers }) => (headers['x-aws-ec2-metadata-token'] === 'session' ? body : 401);
};

const IMDS: Readonly<Record<string, FakeResponse>> = {
  '/latest/api/token': ({ method }) => (method === 'PUT' ? 'session' : 405),
  '/latest/meta-data/instance-id': withToken('i-1'),
  '/latest/meta-data/hostname': withToken('ip-10-0-0-1.ec2.internal'),
  '/latest/dynamic/instance-identity/document': withToken(
    JSON.stringify({
      accountId: '123456789012',
      availabilityZone: 'eu-west-1a',
      imageId: 'ami-1',
      instanceId: 'i-1',
      instanceType: 'm5.large',
      region: 'eu-west-1',
    }),
  ),
  '/latest/meta-data/tags/instance': withToken('team\nName\n'),
  '/latest/meta-data/tags/instance/team': withToken('shop'),
  '/latest/meta-data/iam/security-credentials/': withToken('role'),
  '/latest/meta-data/iam/security-credentials/role': withToken(
    JSON.stringify({ AccessKeyId: 'AKID', SecretAccessKey: 'secret', Token: 'token' }),
  ),
};

const EC2 = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ec2',
  'cloud.region': 'eu-west-1',
  'cloud.account.id': '123456789012',
  'cloud.availability_zone': 'eu-west-1a',
  'host.id': 'i-1',
  'host.image.id': 'ami-1',
  'host.type': 'm5.large',
  'host.name': 'ip-10-0-0-1.ec2.internal',
};

test('ec2 reads the identity document and tags, with a session token', async (t) => {
  const { url } = await fakeMetadata(t, IMDS);
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
  assert.deepEqual((await detected({ detectors: ['ec2'] }, environment)).attributes, EC2);
  const tagged = { detectors: ['ec2'], ec2: { tags: ['^t'], tags_from_imds: true } };
  assert.deepEqual((await detected(tagged, environment)).attributes, { ...EC2, 'ec2.tag.team': 'shop' });
});

test('ec2 reads tags from the API with a signature, and goes on without them', async (t) => {
  const imds = await fakeMetadata(t, IMDS);
  const api = await fakeMetadata(t, {
    '/': ({ method, headers, body }) => {
      const isSigned =
        /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/ec2\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/;
      assert.equal(method, 'POST');
      assert.match(headers.authorization ?? '', isSigned);
      assert.equal(headers['x-amz-security-token'], 'token');
      assert.equal(body, 'Action=DescribeTags&Filter.1.Name=resource-id&Filter.1.Value.1=i-1&Version=2016-11-15');
      return '<DescribeTagsResponse><tagSet><item><key>team</key><value>a &amp; b</value></item><item><key>x</key><value/></item></tagSet></DescribeTagsResponse>';
    },
  });
  const config = { detectors: ['ec2'], ec2: { tags: ['team'] } };
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url, AWS_ENDPOINT_URL_EC2: api.url };
  assert.deepEqual((await detected(config, environment)).attributes, { ...EC2, 'ec2.tag.team': 'a & b' });
  const failing = await detected(config, { ...environment, AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:1' });
  assert.deepEqual(failing.attributes, EC2);
  assert.ok(failing.logs.some(({ msg }) => msg === 'reading instance tags failed'));
});

test('ec2 is absent if the service is disabled, and an error if only the document is missing', async (t) => {
  const { '/latest/dynamic/instance-identity/document': _, ...rest } = IMDS;
  const { url } = await fakeMetadata(t, rest);
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
  const disabled = { ...environment, AWS_EC2_METADATA_DISABLED: 'true' };
  assert.deepEqual((await detected({ detectors: ['ec2'] }, disabled)).attributes, {});
  const start = detected({ detectors: ['ec2'], retry: { enabled: false } }, environment);
  await assert.rejects(start, /detector ec2: identity document: expected status 200/);
});

test('ecs reads the task and the logs of its other containers', async (t) => {
  const log = { 'awslogs-group': 'g', 'awslogs-region': 'eu-west-1', 'awslogs-stream': 's' };
  const container = { Type: 'NORMAL', KnownStatus: 'RUNNING', LogDriver: 'awslogs' };
  const { url } = await fakeMetadata(t, {
    '/v4/abc/task': JSON.stringify({
      TaskARN: 'arn:aws:ecs:eu-west-1:123:task/shop/d22a',
      Family: 'three-nginx',
      Revision: '1',
      Cluster: 'shop',
      LaunchType: 'FARGATE',
      AvailabilityZone: 'eu-west-1b',
      Containers: [
        { ...container, DockerId: 'own', LogOptions: log },
        { ...container, DockerId: 'other', LogOptions: log },
        { ...container, DockerId: 'stopped', KnownStatus: 'STOPPED', LogOptions: log },
      ],
    }),
    '/v4/abc': '{"DockerId":"own"}',
  });
  const found = await detected({ detectors: ['ecs'] }, { ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/abc` });
  assert.deepEqual(found.attributes, {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_ecs',
    'aws.ecs.task.arn': 'arn:aws:ecs:eu-west-1:123:task/shop/d22a',
    'aws.ecs.task.family': 'three-nginx',
    'aws.ecs.task.revision': '1',
    'aws.ecs.task.id': 'd22a',
    'aws.ecs.cluster.arn': 'arn:aws:ecs:eu-west-1:123:cluster/shop',
    'aws.ecs.launchtype': 'fargate',
    'cloud.account.id': '123',
    'cloud.region': 'eu-west-1',
    'cloud.availability_zone': 'eu-west-1b',
    'aws.log.group.names': ['g'],
    'aws.log.group.arns': ['arn:aws:logs:eu-west-1:123:log-group:g'],
    'aws.log.stream.names': ['s'],
    'aws.log.stream.arns': ['arn:aws:logs:eu-west-1:123:log-group:g:log-stream:s'],
  });
  const missing = detected(
    { detectors: ['ecs'], retry: { enabled: false } },
    { ECS_CONTAINER_METADATA_URI: `${url}/v3` },
  );
  await assert.rejects(missing, /detector ecs: task metadata: expected status 200/);
});
