import type { ComponentCases } from '../cases.ts';

const signals = ['traces', 'metrics', 'logs'];
const once = { retry: { enabled: false } };
const system = (resource_attributes: object) => ({
  detectors: ['system'],
  system: {
    hostname_sources: ['os'],
    resource_attributes: { 'host.name': { enabled: false }, ...resource_attributes },
  },
});

/**
 * Test cases for `resource_detection`. Machine-dependent attributes are disabled. Cloud metadata services are instead
 * compared with their documentation, in the tests of the detectors.
 */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'resource_detection',
  environment: {
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod, service.name=from%20env , empty=,list=a%2Cb+c',
    HEROKU_DYNO_ID: 'dyno',
    HEROKU_APP_ID: 'app',
    HEROKU_APP_NAME: 'name',
    HEROKU_RELEASE_CREATED_AT: '2024-01-01',
    HEROKU_RELEASE_VERSION: 'v7',
    HEROKU_SLUG_COMMIT: 'abc',
    AWS_LAMBDA_FUNCTION_NAME: 'fn',
    AWS_LAMBDA_FUNCTION_VERSION: '3',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_LOG_GROUP_NAME: 'group',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    AWS_REGION: 'eu-west-1',
    BMS_PROJECT_ID: 'project',
    BMS_REGION: 'region',
    BMS_INSTANCE_ID: 'instance',
  },
  configurations: [
    { name: 'defaults', config: {}, signals },
    { name: 'env', config: { detectors: ['env'] }, signals },
    { name: 'env, with spaces', config: { detectors: [' env '] }, signals: ['logs'] },
    { name: 'env, without override', config: { detectors: ['env'], override: false }, signals },
    { name: 'no detectors', config: { detectors: [] }, signals: ['logs'] },
    { name: 'heroku', config: { detectors: ['heroku'] }, signals },
    { name: 'env, then heroku', config: { detectors: ['env', 'heroku'] }, signals },
    { name: 'heroku, then env', config: { detectors: ['heroku', 'env'] }, signals },
    { name: 'heroku, then env, without override', config: { detectors: ['heroku', 'env'], override: false }, signals },
    {
      name: 'heroku, some attributes',
      config: {
        detectors: ['heroku'],
        heroku: { resource_attributes: { 'service.name': { enabled: false }, 'heroku.app.id': { enabled: false } } },
      },
      signals,
    },
    { name: 'lambda', config: { detectors: ['lambda'] }, signals },
    {
      name: 'lambda, some attributes',
      config: { detectors: ['lambda'], lambda: { resource_attributes: { 'aws.log.group.names': { enabled: false } } } },
      signals: ['logs'],
    },
    { name: 'gcp, bare metal', config: { detectors: ['gcp'] }, signals },
    {
      name: 'gcp, some attributes',
      config: { detectors: ['gcp'], gcp: { resource_attributes: { 'cloud.provider': { enabled: false } } } },
      signals: ['logs'],
    },
    { name: 'several', config: { detectors: ['lambda', 'heroku', 'gcp', 'env'] }, signals },
    { name: 'twice', config: { detectors: ['env', 'env'] }, signals: ['logs'] },
    { name: 'system, type', config: system({}), signals },
    { name: 'system, nothing', config: system({ 'os.type': { enabled: false } }), signals: ['logs'] },
    { name: 'ecs elsewhere', config: { detectors: ['env', 'ecs'] }, signals: ['logs'] },
    {
      name: 'ecs required',
      config: { detectors: ['ecs'], fail_on_missing_metadata: true, ...once },
      signals: ['logs'],
    },
    { name: 'beanstalk elsewhere', config: { detectors: ['elastic_beanstalk'] }, signals: ['logs'] },
    {
      name: 'beanstalk required',
      config: { detectors: ['elastic_beanstalk'], fail_on_missing_metadata: true, ...once },
      signals: ['logs'],
    },
    { name: 'dynatrace elsewhere', config: { detectors: ['dynatrace'] }, signals: ['logs'] },
    { name: 'aks elsewhere', config: { detectors: ['aks'] }, signals: ['logs'] },
    { name: 'eks elsewhere', config: { detectors: ['eks'], ...once }, signals: ['logs'] },
    { name: 'kubeadm elsewhere', config: { detectors: ['kubeadm'], ...once }, signals: ['logs'] },
    { name: 'k8snode elsewhere', config: { detectors: ['k8snode'], ...once }, signals: ['logs'] },
    { name: 'openshift elsewhere', config: { detectors: ['openshift'], ...once }, signals: ['logs'] },
    { name: 'unknown detector', config: { detectors: ['ec3'] }, signals: ['logs'] },
    { name: 'unknown source of the hostname', config: { system: { hostname_sources: ['hosts'] } }, signals: ['logs'] },
    { name: 'invalid tag pattern', config: { detectors: ['ec2'], ec2: { tags: ['('] } }, signals: ['logs'] },
    { name: 'invalid label pattern', config: { detectors: ['gcp'], gcp: { labels: ['('] } }, signals: ['logs'] },
    { name: 'no timeout, without retries', config: { timeout: '0s', ...once }, signals: ['logs'] },
    {
      name: 'no timeout, bounded retries',
      config: { timeout: '0s', retry: { max_elapsed_time: '1m' } },
      signals: ['logs'],
    },
    { name: 'refreshing', config: { refresh_interval: '1h' }, signals: ['logs'] },
    {
      name: 'HTTP options',
      config: { read_buffer_size: 10, headers: { a: 'b' }, max_idle_conns: 3 },
      signals: ['logs'],
    },
  ],
};
