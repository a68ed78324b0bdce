import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '../../../../component/schema.ts';
import { defineDetector } from '../../detector.ts';

/** Reads the host identity written by the OneAgent. */
export const dynatrace = defineDetector({
  attributes: {},
  schemaUrl: '',
  empty: 'nothing',
  options: {
    directory: z
      .string()
      .optional()
      .describe('Directory of the enrichment files. Default: the directory used by the OneAgent.'),
  },
  create({ directory }, { environment, logger }) {
    const programData = environment['ProgramData'] || 'C:\\ProgramData';
    const standard =
      process.platform === 'win32' ? join(programData, 'dynatrace', 'enrichment') : '/var/lib/dynatrace/enrichment';
    const file = join(directory ?? standard, 'dt_host_metadata.properties');
    return async () => {
      const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      const attributes: Record<string, string> = {};
      for (const line of content.split(/\r?\n/)) {
        const equals = line.indexOf('=');
        if (equals < 0) {
          if (line !== '') logger.warn({ file }, 'skipped a line: expected key=value');
          continue;
        }
        const [key, value] = [line.slice(0, equals), line.slice(equals + 1)];
        if (KEYS.has(key) && value !== '') attributes[key] = value.trim();
      }
      return attributes;
    };
  },
});

const KEYS = new Set(['dt.entity.host', 'host.name', 'dt.smartscape.host']);
