import { DiagLogLevel, diag, type TextMapPropagator } from '@opentelemetry/api';
import type { Environment } from '../../environment.ts';
import { nodePlatform } from '../../platform/node.ts';
import { defaultResource } from '../../resource/default-resource.ts';
import type { SdkPlan } from '../plan.ts';
import { PROPAGATORS, propagatorOf } from '../propagators.ts';
import type { ConfigNode } from './config-node.ts';
import { readDocument } from './document.ts';
import { logsOf, severityOf } from './logger-provider.ts';
import { metricsOf } from './meter-provider.ts';
import { resourceOf } from './resource.ts';
import { tracesOf } from './tracer-provider.ts';

/**
 * Returns the plan described by a declarative configuration file (opentelemetry-configuration 1.x). Environment
 * variables are used only where the file refers to them. Throws a `ConfigurationFileError`, also for schema features
 * that this library does not support.
 */
export async function filePlan(file: string, environment: Environment): Promise<SdkPlan> {
  const root = await readDocument(file, environment);
  root.mapping(...KEYS);
  checkFormat(root.at('file_format'));
  root.at('instrumentation/development').requireEmpty('this library does not set up instrumentations');
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

/**
 * Requires a supported file format. Minor versions are backward compatible (opentelemetry-configuration, "Versioning").
 */
function checkFormat(node: ConfigNode): void {
  const [, minor] = /^1\.(\d+)(?:-rc\.\d+)?$/.exec(node.text() ?? '') ?? [];
  if (minor === undefined) node.fail('"1.0", a release candidate of it, or a later 1.x');
  if (Number(minor) > KNOWN_MINOR) {
    diag.warn(`${node.path}: expected at most 1.${KNOWN_MINOR}, got 1.${minor}; newer settings are not supported`);
  }
}

function logLevelOf(node: ConfigNode): DiagLogLevel {
  const severity = severityOf(node) ?? 9;
  return LEVELS[Math.floor((severity - 1) / 4)] ?? DiagLogLevel.ERROR;
}

/** Log levels from trace to error. Each covers four severities. */
const LEVELS = [DiagLogLevel.VERBOSE, DiagLogLevel.DEBUG, DiagLogLevel.INFO, DiagLogLevel.WARN];
const KNOWN_MINOR = 1;

/** Supported keys. `distribution` is for other distributions and is ignored. */
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

/** Reads `propagator`: first `composite`, then `composite_list`. Returns no propagator if it is missing. */
export function propagatorIn(node: ConfigNode): TextMapPropagator | undefined {
  node.mapping('composite', 'composite_list');
  const named = (of: ConfigNode, key: string) => of.mapping() && key;
  const readers = Object.fromEntries(Object.keys(PROPAGATORS).map((name) => [name, named]));
  const composite = node
    .at('composite')
    .items()
    .map((item) => item.one(readers));
  const list = node.at('composite_list');
  const names = (list.text() ?? '').split(',').map((name) => name.trim());
  const known = names.filter((name) => name !== '' && name !== 'none');
  const unknown = known.find((name) => !Object.hasOwn(PROPAGATORS, name));
  if (unknown !== undefined) list.fail(Object.keys(PROPAGATORS).join(' or '), JSON.stringify(unknown));
  return propagatorOf([...composite, ...known]);
}
