import { FileError } from '@otelier/transport/reloadable-files';
import type { ConfigIssue } from '../../../component/define.ts';
import { tlsOptions } from '../fetch/tls.ts';
import type { PrometheusConfig } from './scrape.ts';

/** Reports missing jobs, files of the configuration that cannot be read, and timeouts longer than their intervals. */
export function checkPrometheus({ config, targetAllocator }: PrometheusConfig): readonly ConfigIssue[] {
  const { global } = config;
  if (config.scrapeConfigs.length === 0 && targetAllocator === undefined)
    return [
      { path: ['config', 'scrape_configs'], message: 'expected at least 1 item or a target_allocator, got neither' },
    ];
  return config.scrapeConfigs.flatMap((job, index): ConfigIssue[] => {
    const path = ['config', 'scrape_configs', index];
    const issues: ConfigIssue[] = [];
    const interval = job.scrapeInterval || global.scrapeInterval || 60_000;
    if (job.scrapeTimeout !== undefined && job.scrapeTimeout > interval) {
      const message = 'expected a timeout of at most the scrape interval';
      issues.push({ path: [...path, 'scrape_timeout'], message });
    }
    try {
      tlsOptions(job.tlsConfig);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      issues.push({ path: [...path, 'tls_config'], message: error.message });
    }
    const credentials = ['basicAuth', 'authorization', 'oauth2'] as const;
    if (credentials.filter((key) => job[key] !== undefined).length > 1)
      issues.push({ path, message: 'expected one of basic_auth, authorization and oauth2, got several' });
    return issues;
  });
}
