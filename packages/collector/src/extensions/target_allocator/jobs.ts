import type { ConfigIssue } from '../../component/define.ts';
import { type Job, jobsOf } from '../../receivers/prometheus/config/jobs.ts';
import { isDiscovery, parseJob, treeOf } from '../../receivers/prometheus/config/parse-job.ts';
import { prometheusConfig, type ScrapeConfig } from '../../receivers/prometheus/config/scrape.ts';
import type { TargetAllocatorConfig } from './config.ts';
import type { WrittenJob } from './monitors/scrape-configs.ts';

/** A job whose targets are assigned to collectors. */
export interface AllocatedJob extends Job {
  /** The scrape configuration that collectors read, under the names of Prometheus. */
  readonly served: Readonly<Record<string, unknown>>;
}

/** Fields with secrets, which collectors read from files instead. */
const SECRETS = ['password', 'credentials', 'client_secret', 'bearer_token', 'key', 'secrets'];

/** Returns the jobs of a configuration without errors. */
export function allocatedJobs({ config }: TargetAllocatorConfig): readonly AllocatedJob[] {
  return config.scrapeConfigs.map((written) => allocatedJob(config.global, written));
}

/** Returns a job, with the fields of `global` that it does not have. Throws an error that says what is wrong. */
export function allocatedJob(global: WrittenJob, written: WrittenJob): AllocatedJob {
  const merged = withGlobal(global, written);
  const parsed = parseJob(treeOf(merged, 'scrape_configs'));
  if (!parsed.ok) {
    const error = parsed.errors.find(({ severity }) => severity === 'error');
    throw new Error(`${error?.path}: ${error?.message}`);
  }
  const scrapeConfigs: readonly ScrapeConfig[] = [parsed.value];
  const defaults = prometheusConfig.parse({ config: { scrapeConfigs: [{ jobName: 'default' }] } });
  const [job] = jobsOf({ ...defaults, config: { ...defaults.config, scrapeConfigs: [...scrapeConfigs] } });
  if (job === undefined) throw new Error('expected a job');
  return { ...job, served: Object.fromEntries(Object.entries(merged).filter(([key]) => !isDiscovery(key))) };
}

/** Reports scrape configurations that are wrong, have secrets, or have the name of another one. */
export function checkJobs({ config, prometheusCr }: TargetAllocatorConfig): readonly ConfigIssue[] {
  if (config.scrapeConfigs.length === 0 && !prometheusCr.enabled)
    return [
      { path: ['config', 'scrape_configs'], message: 'expected at least 1 item or prometheus_cr.enabled, got neither' },
    ];
  const names = new Set<unknown>();
  const issues = config.scrapeConfigs.flatMap((written, index): readonly ConfigIssue[] => {
    const path = ['config', 'scrape_configs', index];
    const { errors } = parseJob(treeOf(withGlobal(config.global, written), 'scrape_configs'));
    const wrong = errors.filter(({ severity }) => severity === 'error');
    if (wrong.length > 0) return wrong.map((error) => ({ path, message: `${error.path}: ${error.message}` }));
    const name = written['job_name'];
    if (names.has(name)) return [{ path: [...path, 'job_name'], message: 'expected a name that no other job has' }];
    names.add(name);
    return secretIssues(written, path);
  });
  return [...secretIssues(config.global, ['config', 'global']), ...issues];
}

/** Reports a secret in what collectors read. */
function secretIssues(written: WrittenJob, path: ConfigIssue['path']): readonly ConfigIssue[] {
  const secret = secretIn(written);
  if (secret === undefined) return [];
  const message =
    secret === 'proxy_url'
      ? 'expected proxy_url without a password, because everyone who reads jobs sees it'
      : `expected ${secret}_file, which is read by collectors, got ${secret}`;
  return [{ path, message }];
}

/** Fields of the global section of Prometheus that no scrape configuration has, so that collectors would refuse them. */
const ONLY_GLOBAL = ['external_labels', 'evaluation_interval', 'rule_query_offset', 'query_log_file', 'runtime'];

function withGlobal(global: WrittenJob, job: WrittenJob): WrittenJob {
  const shared = Object.entries(global).filter(([name]) => !ONLY_GLOBAL.includes(name));
  return { ...Object.fromEntries(shared), ...job };
}

/** Returns the name of a field with a secret in what collectors read. */
function secretIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(secretIn).find((name) => name !== undefined);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (isDiscovery(key) || key === 'params' || key === 'labels') continue;
    if (SECRETS.includes(key) && item !== '' && item !== undefined) return key;
    if (key === 'proxy_url' && typeof item === 'string' && URL.parse(item)?.password) return key;
    const inner = secretIn(item);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
