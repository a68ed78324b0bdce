import { readFile } from 'node:fs/promises';
import { z } from '../../../../component/schema.ts';
import { defineDetector } from '../../detector.ts';
import { parseJson, required, text } from '../../metadata.ts';

export const elasticBeanstalk = defineDetector({
  attributes: {
    'cloud.platform': true,
    'cloud.provider': true,
    'deployment.environment': true,
    'deployment.environment.name': true,
    'deployment.id': true,
    'service.instance.id': true,
    'service.version': true,
  },
  options: {
    file: z
      .string()
      .prefault(
        process.platform === 'win32'
          ? 'C:\\Program Files\\Amazon\\XRay\\environment.conf'
          : '/var/elasticbeanstalk/xray/environment.conf',
      )
      .describe('X-Ray daemon configuration file.'),
  },
  create:
    ({ file }) =>
    async () => {
      const content = await readFile(file, 'utf8').catch(() => undefined);
      if (content === undefined) return undefined;
      const environment = await required(file, (async () => parseJson(file, content, ENVIRONMENT))());
      return {
        'cloud.provider': 'aws',
        'cloud.platform': 'aws_elastic_beanstalk',
        'deployment.environment': environment.environment_name,
        'service.instance.id': String(environment.deployment_id),
        'service.version': environment.version_label,
      };
    },
});

const ENVIRONMENT = z.object({
  deployment_id: z.int().prefault(0),
  environment_name: text(),
  version_label: text(),
});
