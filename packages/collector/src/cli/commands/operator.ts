import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';

/** Adds the command that runs the operator for Kubernetes. */
export function addOperatorCommand(otelier: Command): void {
  const operator = otelier
    .command('operator')
    .description('run the operator for Kubernetes, which makes workloads of Collector and Pipeline objects')
    .option('--namespace <name>', 'namespace of the lease (default: K8S_NAMESPACE, or default)')
    .option('--watch-namespace <name>', 'read objects of this namespace only (default: all)')
    .option('--image <image>', 'image of collectors that name none (default: otelier with the version of the operator)')
    .option('--listen <address>', 'address of /metrics, /healthz and /readyz', '127.0.0.1:8383')
    .option('--webhook <address>', 'address of the webhook that injects into pods (default: no webhook)')
    .option('--convert', 'run OpenTelemetryCollector objects with the annotation otelier.dev/convert')
    .addOption(
      new Option('--log-format <format>', 'format of log lines').choices(['console', 'json']).default('console'),
    )
    .action((options) =>
      reportFailures(async () => (await import('../operator/command.ts')).operatorCommand(options, processConsole)),
    );
  const convert = operator
    .command('convert')
    .description('convert OpenTelemetryCollector and Instrumentation objects of the OpenTelemetry operator')
    .requiredOption('-f, --file <file>', 'YAML file, or - for standard input')
    .action((options) =>
      reportFailures(async () =>
        (await import('../operator/convert.ts')).convertObjectsCommand(options, processConsole),
      ),
    );
  addExamples(convert, ['otelier operator convert -f collector.yaml', 'print Collector objects that do the same']);
  addExamples(operator, ['otelier operator --help', 'print the options; it needs a cluster to run']);
}
