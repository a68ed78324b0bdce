import type { Diagnostic } from '../../config/config-error.ts';
import type { Conversion, ConversionSource } from '../conversion.ts';
import { ConfigBuilder } from '../output/config-builder.ts';
import { removeInvalid } from '../output/remove-invalid.ts';
import { ConversionReport } from '../report.ts';
import { Section } from '../source/section.ts';
import { unreadable } from '../source/syntax-error.ts';
import { StageContext } from '../stages/stage-context.ts';
import { convertFilter } from './filters.ts';
import { convertInput, type FluentInput } from './inputs.ts';
import { convertOutput, type FluentOutput } from './outputs.ts';
import { parseClassic } from './parse-classic.ts';
import { parseFluentYaml } from './parse-yaml.ts';
import { type FluentParser, readParser } from './parsers.ts';
import type { FluentSection } from './sections.ts';
import { matchesTag } from './tags.ts';

/** Converts a configuration of Fluent Bit, in the classic format or in YAML. */
export async function convertFluentBit(source: ConversionSource): Promise<Conversion> {
  const report = new ConversionReport();
  try {
    const sections = await readSections(source, report);
    if ('errors' in sections) return { kind: 'unreadable', errors: sections.errors };
    const conversion = new FluentConversion(sections, report);
    await conversion.readParserFiles(source);
    const { builder } = conversion;
    conversion.convert();
    const output = builder.build();
    await removeInvalid(output, report, source.registry, (section, id) => builder.placeOf(section, id));
    return { kind: 'converted', output, report, next: [NEXT] };
  } catch (error) {
    return unreadable(error);
  }
}

const NEXT =
  'Fluent Bit keeps positions in its databases (DB); otelier does not read them. See docs/guide/convert.md for the move.';

/** Keys of a configuration in YAML that are sections, or have no meaning for otelier. */
const YAML_SECTIONS = ['pipeline', 'parsers', 'multiline_parsers', 'service'];

async function readSections(
  { name, text, include }: ConversionSource,
  report: ConversionReport,
): Promise<FluentSection[] | { readonly errors: readonly Diagnostic[] }> {
  if (/^\s*\[\w+\]\s*$|^@(?:SET|INCLUDE)\b/im.test(text)) return await parseClassic(name, text, include);
  const parsed = parseFluentYaml(name, text);
  if (!('sections' in parsed)) return { errors: parsed };
  const root = new Section(parsed.root, [], report);
  root.skip(...YAML_SECTIONS);
  root.missing('includes', 'included files are not read', 'convert them one by one');
  root.missing('env', 'variables are taken from the environment', 'set them there');
  root.missing('upstream_servers', 'servers of an upstream are not converted', 'use the exporter load_balancing');
  root.missing('plugins', 'plugins are not converted');
  root.finish();
  return parsed.sections;
}

/** An input with what it has become. */
interface AddedInput {
  readonly receiver: string;
  readonly input: FluentInput;
  readonly tag: string;
  readonly hasKubernetes: boolean;
}

class FluentConversion {
  readonly builder = new ConfigBuilder();
  readonly #sections: readonly FluentSection[];
  readonly #report: ConversionReport;
  readonly #parsers = new Map<string, FluentParser>();
  readonly #firstLines = new Map<string, string>(FIRST_LINES);

  constructor(sections: readonly FluentSection[], report: ConversionReport) {
    this.#sections = sections;
    this.#report = report;
    this.#readParsers(sections);
  }

  /** Reads the files of parsers that the service names. */
  async readParserFiles({ include }: ConversionSource): Promise<void> {
    for (const service of this.#of('service')) {
      for (const key of ['parsers_file', 'plugins_file', 'streams_file'])
        for (const path of service.texts(key)) {
          if (key !== 'parsers_file') this.#report.missing(service.at(key), `the file ${path} is not converted`);
          else await this.#readParserFile(path, service, include);
        }
      const hasServer = service.has('http_server');
      service.skip(...service.keys);
      if (hasServer)
        service.changed('http_server', 'otelier serves its own health and metrics', 'see docs/guide/health-checks.md');
    }
  }

  async #readParserFile(path: string, service: Section, include: ConversionSource['include']): Promise<void> {
    const text = await include(path).catch((error: Error) => error);
    if (typeof text === 'string') this.#readParsers(await parseClassic(path, text, include));
    else
      this.#report.missing(
        service.at('parsers_file'),
        `the parsers are not read: ${text.message}`,
        'convert a copy with the file beside it',
      );
  }

  convert(): void {
    const outputs = this.#of('output').map((section) => {
      const type = (section.text('name') ?? '').toLowerCase();
      return { section, converted: convertOutput(type, section, this.builder), ...matchOf(section) };
    });
    const used = new Set<Section>();
    for (const input of this.#inputs())
      for (const { section, converted, match, isRegex } of outputs) {
        if (!matchesTag(input.tag, match, isRegex)) continue;
        used.add(section);
        if (converted !== undefined) this.#connect(input, converted);
      }
    for (const { section, converted } of outputs)
      if (!used.has(section) && converted !== undefined)
        this.#report.missing(section.place, 'no converted input has a tag that this output matches');
    for (const kind of new Set(this.#sections.map((section) => section.kind)))
      if (!KINDS.has(kind))
        for (const section of this.#of(kind))
          this.#report.missing(section.place, `the section ${kind} is not converted`);
  }

  #connect({ receiver, input, hasKubernetes }: AddedInput, { signals, processors, exporter }: FluentOutput): void {
    const kubernetes = hasKubernetes ? [this.#kubernetes()] : [];
    for (const signal of input.signals)
      if (signals.includes(signal))
        this.builder.connect(signal, receiver, [...kubernetes, ...(signal === 'logs' ? processors : [])], [exporter]);
  }

  #kubernetes(): string {
    return this.builder.share('processors', 'k8s_attributes', '', {
      filter: { node_from_env_var: 'K8S_NODE_NAME' },
      pod_association: [
        { sources: [{ from: 'resource_attribute', name: 'k8s.pod.uid' }] },
        {
          sources: [
            { from: 'resource_attribute', name: 'k8s.pod.name' },
            { from: 'resource_attribute', name: 'k8s.namespace.name' },
          ],
        },
      ],
    });
  }

  #inputs(): AddedInput[] {
    const filters = this.#of('filter').map((section) => ({
      section,
      type: (section.text('name') ?? '').toLowerCase(),
      ...matchOf(section),
    }));
    const used = new Set<Section>();
    const added = this.#of('input').flatMap((section, index) => {
      const type = (section.text('name') ?? '').toLowerCase();
      const tag = section.text('tag') ?? `${type}.${index}`;
      const context = { builder: this.builder, parsers: this.#parsers, firstLines: this.#firstLines };
      const input = this.#report.attach(() => convertInput(type, section, context));
      if (input === undefined) return [];
      const matching = filters.filter(({ match, isRegex }) =>
        matchesTag(input.makeRecord === undefined && type === 'forward' ? '*' : tag, match, isRegex),
      );
      for (const filter of matching) used.add(filter.section);
      return [this.#addInput(section, input, tag, matching)];
    });
    for (const { section } of filters)
      if (!used.has(section)) {
        this.#report.missing(section.place, 'no converted input has a tag that this filter matches');
        section.skip(...section.keys);
      }
    return added;
  }

  #addInput(
    section: Section,
    input: FluentInput,
    tag: string,
    filters: readonly { readonly section: Section; readonly type: string }[],
  ): AddedInput {
    let hasKubernetes = false;
    const { makeRecord } = input;
    const config = this.#report.attach(() => {
      if (makeRecord === undefined) {
        for (const filter of filters)
          this.#report.missing(
            filter.section.place,
            `the filter ${filter.type} does not change what ${input.type} receives`,
            'use the processor transform or filter',
          );
        return { ...input.config };
      }
      const stages = new StageContext(this.#report, []);
      makeRecord(stages);
      stages.push({ type: 'add', field: 'attributes["fluent.tag"]', value: tag });
      for (const filter of filters)
        this.#report.attach(() => {
          const { length } = stages.operators;
          convertFilter(filter.type, filter.section, {
            stages,
            parsers: this.#parsers,
            firstLines: this.#firstLines,
            addKubernetes: () => {
              hasKubernetes = true;
              addPodOfPath(stages);
            },
          });
          return stages.operators[length];
        });
      return { ...input.config, operators: stages.finish() };
    });
    const receiver = this.builder.add(
      'receivers',
      input.type,
      section.text('alias') ?? tag.replaceAll('*', ''),
      config,
    );
    this.#report.moveComments(input, config);
    this.builder.setPlace('receivers', receiver, section.place);
    // Clients decide about the tags of records that they send.
    return { receiver, input, tag: input.type === 'fluent_forward' ? '*' : tag, hasKubernetes };
  }

  #readParsers(sections: readonly FluentSection[]): void {
    for (const { kind, path, tree } of sections) {
      const section = new Section(tree, path, this.#report);
      if (kind === 'parser') {
        const parser = readParser(section);
        this.#parsers.set(parser.name, parser);
      } else if (kind === 'multiline_parser') this.#readMultiline(section);
    }
  }

  /** Reads a parser of several lines, whose first rule says how a record begins. */
  #readMultiline(section: Section): void {
    const name = section.text('name') ?? '';
    section.skip('type', 'flush_timeout', 'parser', 'key_content');
    const rules =
      section.tree('rules') === undefined
        ? section.texts('rule')
        : section.sections('rules').map((rule) => `"${rule.text('state')}" "${rule.text('regex')}"`);
    const first = rules
      .map((rule) => /^"start_state"\s+"\/?(.*?)\/?"(?:\s+"\w*")?$/.exec(rule)?.[1])
      .find((regex) => regex !== undefined);
    if (first === undefined)
      this.#report.missing(section.place, 'the first line of a record is not known', 'use the operator recombine');
    else this.#firstLines.set(name, first);
    if (rules.length > 2)
      this.#report.changed(section.place, 'a record continues with every line that does not begin another one');
    section.finish();
  }

  #of(kind: string): Section[] {
    return this.#sections
      .filter((section) => section.kind === kind)
      .map(({ tree, path }) => new Section(tree, path, this.#report));
  }
}

const KINDS = new Set(['service', 'input', 'filter', 'output', 'parser', 'multiline_parser']);

/** First lines of the parsers of several lines that Fluent Bit has: lines that do not continue a stack trace. */
const FIRST_LINES: readonly (readonly [name: string, regex: string])[] = [
  ['java', String.raw`^(?:[^\s].*)$`],
  ['python', String.raw`^(?:[^\s].*)$`],
];

function matchOf(section: Section): { readonly match: string; readonly isRegex: boolean } {
  const regex = section.text('match_regex');
  return { match: regex ?? section.text('match') ?? '', isRegex: regex !== undefined };
}

/** Adds the pod of the path `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log` to the resource. */
function addPodOfPath(context: StageContext): void {
  const path = context.internal('path');
  const regex = String.raw`/(?P<pod>[a-z0-9][-a-z0-9.]*)_(?P<namespace>[^_/]+)_(?P<container>.+)-[0-9a-f]{64}\.log$`;
  context.push({
    type: 'regex_parser',
    regex,
    parse_from: 'attributes["log.file.path"]',
    parse_to: path.field,
    on_error: 'send_quiet',
  });
  const names = { namespace: 'k8s.namespace.name', pod: 'k8s.pod.name', container: 'k8s.container.name' };
  for (const [group, attribute] of Object.entries(names))
    context.push(
      { type: 'copy', from: `${path.field}.${group}`, to: `resource["${attribute}"]` },
      `${path.expression} != nil`,
    );
}
