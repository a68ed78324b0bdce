import type { ConfigIssue } from '../../component/define.ts';
import type { AlertingConfig } from './config.ts';
import { loadSettings } from './load-settings.ts';

/** Checks the rules, the notifications and the files that a configuration names. */
export function checkAlerting(config: AlertingConfig): readonly ConfigIssue[] {
  return loadSettings(config).issues;
}
