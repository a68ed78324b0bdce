import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Environment } from '../../environment.ts';
import { nodePlatform } from '../../platform/node.ts';
import { defaultResource } from '../../resource/default-resource.ts';
import type { SdkPlan } from '../plan.ts';
import type { ConfigNode } from './config-node.ts';
import { readDocument } from './document.ts';
import { logsOf } from './logger-provider.ts';
import { metricsOf } from './meter-provider.ts';
import { propagatorIn } from './propagator.ts';
import { resourceOf } from './resource.ts';
import { severityOf } from './severity.ts';
import { tracesOf } from './tracer-provider.ts';

/**
 * What a declarative configuration file says, in the schema of opentelemetry-configuration 1.x. Of the environment only what
 * the file refers to counts. Throws a `ConfigurationFileError`, also for what the schema has and this library has not.
 */
export async function filePlan(file: string, environment: Environment): Promise<SdkPlan> {
  const root = await readDocument(file, environment);
  root.mapping(...KEYS);
  checkFormat(root.at('file_format'));
  root.at('instrumentation/development').nothing('this library sets up no instrumentations');
  const attributeLimits = root.at('attribute_limits');
  return {
    isDisabled: root.at('disabled').flag() ?? false,
    logLevel: logLevelOf(root.at('log_level')),
    platform: { ...nodePlatform, resource: () => defaultResource({}) },
    resource: resourceOf(root.at('resource'), environment),
    propagator: propagatorIn(root.at('propagator')),
    traces: tracesOf(root.at('tracer_provider'), attributeLimits),
    logs: logsOf(root.at('logger_provider'), attributeLimits),
    metrics: metricsOf(root.at('meter_provider')),
  };
}

/** Minor versions only add to those before them (opentelemetry-configuration, "Versioning"). */
function checkFormat(node: ConfigNode): void {
  const [, minor] = /^1\.(\d+)(?:-rc\.\d+)?$/.exec(node.text() ?? '') ?? [];
  if (minor === undefined) node.fail('"1.0", a release candidate of it, or a later 1.x');
  if (Number(minor) > KNOWN_MINOR) {
    diag.warn(`${node.path}: expected at most 1.${KNOWN_MINOR}, got 1.${minor}; what is new in it is not known here`);
  }
}

function logLevelOf(node: ConfigNode): DiagLogLevel {
  const severity = severityOf(node) ?? 9;
  return LEVELS[Math.floor((severity - 1) / 4)] ?? DiagLogLevel.ERROR;
}

/** From trace to error, each with four steps. */
const LEVELS = [DiagLogLevel.VERBOSE, DiagLogLevel.DEBUG, DiagLogLevel.INFO, DiagLogLevel.WARN];
const KNOWN_MINOR = 1;

/** `distribution` is for distributions by their names, of which this is none. */
const KEYS = [
  'file_format',
  'disabled',
  'log_level',
  'attribute_limits',
  'resource',
  'propagator',
  'tracer_provider',
  'meter_provider',
  'logger_provider',
  'instrumentation/development',
  'distribution',
] as const;
