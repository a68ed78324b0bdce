import type { Conversion, ConversionSource } from '../conversion.ts';
import { ConfigBuilder } from '../output/config-builder.ts';
import { removeInvalid } from '../output/remove-invalid.ts';
import { ConversionReport } from '../report.ts';
import { unreadable } from '../source/syntax-error.ts';
import { AlloyComponents } from './components.ts';
import { Evaluator } from './evaluate.ts';
import { LokiConversion } from './loki.ts';
import { OtelcolConversion } from './otelcol.ts';
import { parseAlloy } from './parse.ts';
import { PrometheusConversion } from './prometheus.ts';
import type { Block, Statement } from './syntax.ts';

/** Components that are converted, or read by those that are. */
const KNOWN =
  /^(?:loki\.(?:source\.\w+|process|relabel|write|echo|secretfilter|enrich)|local\.file_match|discovery\.\w+|prometheus\.(?:scrape|relabel|remote_write|exporter\.\w+)|otelcol\.(?:receiver|processor|exporter|connector|auth|storage)\.\w+)$/;

/** Converts a configuration of Grafana Alloy. */
export async function convertAlloy({ name, text, registry }: ConversionSource): Promise<Conversion> {
  let statements: readonly Statement[];
  try {
    statements = parseAlloy(name, text);
  } catch (error) {
    return unreadable(error);
  }
  const report = new ConversionReport();
  const builder = new ConfigBuilder();
  const components = new AlloyComponents(new Evaluator(report), builder, report);
  for (const statement of statements) addStatement(statement, components, report);
  const loki = new LokiConversion(components);
  const prometheus = new PrometheusConversion(components);
  loki.convert();
  prometheus.convert();
  new OtelcolConversion(components, loki, prometheus).convert([
    ...loki.leaving.map((one) => ({ ...one, signal: 'logs' as const })),
    ...prometheus.leaving.map((one) => ({ ...one, signal: 'metrics' as const })),
  ]);
  components.reportUnused();
  const output = builder.build();
  await removeInvalid(output, report, registry, (section, id) => builder.placeOf(section, id));
  return { kind: 'converted', output, report, next: [NEXT] };
}

const NEXT =
  'Alloy keeps positions in its own form; otelier starts at the beginning of files. See docs/guide/convert.md for the move.';

function addStatement(statement: Statement, components: AlloyComponents, report: ConversionReport): void {
  const place = { position: statement.at, path: pathOf(statement) };
  if (statement.kind === 'attribute') report.missing(place, 'expected a block, got an attribute');
  else if (['logging', 'tracing', 'http', 'livedebugging'].includes(statement.name))
    report.changed(
      place,
      'otelier has its own telemetry and interfaces',
      'see service.telemetry and the extension workbench',
    );
  else if (!KNOWN.test(statement.name)) report.missing(place, 'this block is not converted', insteadOf(statement.name));
  else if (!components.add(statement)) report.missing(place, 'another component above has the same name');
}

function pathOf(statement: Statement): string[] {
  const label = (statement as Partial<Block>).label;
  return [...statement.name.split('.'), ...(label === undefined ? [] : [label])];
}

function insteadOf(name: string): string {
  if (name.startsWith('prometheus.operator.'))
    return 'use the operator of otelier with TargetAllocation, or scrape_configs';
  if (name.startsWith('pyroscope.')) return 'send profiles by OTLP';
  if (name.startsWith('import.') || name === 'declare') return 'write the components of the module into the file';
  if (name.startsWith('local.') || name.startsWith('remote.'))
    return 'refer to a file or a variable where its value is used';
  return 'see otelier components for the components of otelier';
}
