import { emptyMap } from '../../config/tree.ts';
import { relabelOperators } from '../relabel/operators.ts';
import { Section } from '../source/section.ts';
import { convertStages } from '../stages/convert-stages.ts';
import { fileSettings } from './file-targets.ts';
import { rulesOf, type ScrapeContext, type Target } from './target.ts';

/** Converts `docker_sd_configs`: the files of Docker, because the names of containers come from its API only. */
export function dockerTarget(section: Section, { report, storage }: ScrapeContext): Target[] {
  const [discovery] = section.sections('docker_sd_configs');
  if (discovery === undefined) return [];
  discovery.skip('host', 'refresh_interval', 'port', 'host_networking_host');
  discovery.missing('filters', 'all containers are read', 'drop records by attributes with the processor filter');
  discovery.finish();
  report.changed(
    discovery.place,
    'logs are read from the files of the driver json-file, not through the API of Docker',
    'mount /var/lib/docker/containers',
  );
  const rules = rulesOf(section);
  const path = 'attributes["log.file.path"]';
  const fields: Readonly<Record<string, string>> = {
    __meta_docker_container_id: `split(${path}, "/")[-2]`,
    __meta_docker_container_log_stream: 'attributes.stream',
  };
  return [
    {
      type: 'file_log',
      name: '',
      config: { ...fileSettings(storage), include: ['/var/lib/docker/containers/*/*-json.log'] },
      labels: ['stream'],
      prepare(context) {
        const empty = new Section(emptyMap(discovery.place.position), discovery.path, report);
        convertStages([{ type: 'docker', section: empty }], context, () => []);
        relabelOperators(rules, context, (name) => fields[name]);
      },
    },
  ];
}
