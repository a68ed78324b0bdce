import type { LoggerConfig } from '../../logs/logger.ts';
import type { SdkPlan } from '../plan.ts';
import type { ConfigNode } from './config-node.ts';
import { wildcard } from './config-node.ts';
import { logRecordLimitsOf } from './limits.ts';
import { processorsOf } from './processors.ts';

/** Reads `logger_provider`. If it is missing, logs are disabled. */
export function logsOf(node: ConfigNode, attributeLimits: ConfigNode): SdkPlan['logs'] {
  if (node.isEmpty) return { destinations: [], options: {} };
  node.mapping('processors', 'limits', 'logger_configurator/development');
  const configurator = node.at('logger_configurator/development');
  return {
    destinations: processorsOf(node.at('processors'), 'logs', SCHEDULE_DELAY_MILLIS),
    options: {
      logRecordLimits: logRecordLimitsOf(node.at('limits'), attributeLimits),
      ...(configurator.isEmpty ? {} : { loggerConfig: loggerConfigOf(configurator) }),
    },
  };
}

function loggerConfigOf(node: ConfigNode): (scope: { readonly name: string }) => LoggerConfig {
  const byDefault = configOf(node.mapping('default_config', 'loggers').at('default_config'));
  const loggers = node
    .at('loggers')
    .items()
    .map((logger) => {
      const pattern =
        logger.mapping('name', 'config').at('name').text() ?? logger.at('name').fail('the name of loggers');
      return { name: wildcard(pattern), config: configOf(logger.at('config')) };
    });
  return (scope) => loggers.find(({ name }) => name.test(scope.name))?.config ?? byDefault;
}

function configOf(node: ConfigNode): LoggerConfig {
  node.mapping('enabled', 'minimum_severity', 'trace_based');
  return {
    enabled: node.at('enabled').flag() ?? true,
    minimumSeverity: severityOf(node.at('minimum_severity')) ?? 0,
    traceBased: node.at('trace_based').flag() ?? false,
  };
}

const SCHEDULE_DELAY_MILLIS = 1_000;

/** Returns the severity number for a severity name: 1 for `trace`, 24 for `fatal4`. */
export function severityOf(node: ConfigNode): number | undefined {
  const name = node.choice(SEVERITIES);
  return name === undefined ? undefined : SEVERITIES.indexOf(name) + 1;
}

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((name) => [
  name,
  ...['2', '3', '4'].map((step) => name + step),
]);
