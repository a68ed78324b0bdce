import { errorMessage } from '../../component/error-message.ts';
import { z } from '../../component/schema.ts';
import { compileImageFilter } from './image-filter.ts';

/** The usual socket of Docker. */
export const DEFAULT_ENDPOINT = 'unix:///var/run/docker.sock';

/** Returns the fields of components that read a daemon. `use` says what is done with containers: `read`. */
export function daemonFields(use: string) {
  return {
    endpoint: z
      .string()
      .refine((text) => /^unix:\/\/\/.|^(tcp|https?):\/\/./.test(text) && URL.canParse(text), {
        error: 'expected unix:///path or a URL with tcp, http or https',
      })
      .prefault(DEFAULT_ENDPOINT)
      .describe(
        'Daemon of Docker: a Unix socket, or a URL. Default: the variable `DOCKER_HOST`, else its usual socket.',
      ),
    apiVersion: z
      .string('expected a text such as "1.44", in quotes')
      .regex(/^\d+\.\d+$/, 'expected a version such as "1.44"')
      .optional()
      .describe('Version of the API. Default: the newest one of the daemon.'),
    excludedImages: z
      .array(
        z.string().superRefine((pattern, issues) => {
          try {
            compileImageFilter([pattern]);
          } catch (error) {
            issues.addIssue({ code: 'custom', message: errorMessage(error), input: pattern });
          }
        }),
      )
      .prefault([])
      .describe(
        `Images whose containers are not ${use}: names, globs such as \`test-*\`, or regular expressions such as \`/^test/\`. With \`!\` in front, all other images.`,
      ),
  };
}
