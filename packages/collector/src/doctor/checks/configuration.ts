import { formatConfigError } from '../../config/config-error.ts';
import type { Check } from '../check.ts';

/** Reports the errors and warnings in the sources of the configuration, as they are now. */
export const configuration: Check = {
  id: 'configuration',
  isLive: false,
  run: ({ diagnostics, live }) =>
    diagnostics.map((diagnostic) => ({
      severity: diagnostic.severity,
      subject: diagnostic.path || diagnostic.position.source,
      message: formatConfigError(diagnostic),
      remedy:
        diagnostic.severity === 'error' && live !== undefined
          ? 'Correct the file before the next reload or restart: the running configuration is an earlier one.'
          : 'Correct the configuration.',
    })),
};
