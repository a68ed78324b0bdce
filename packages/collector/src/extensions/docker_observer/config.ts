import { errorMessage } from '../../component/error-message.ts';
import { duration, ignored, z } from '../../component/schema.ts';
import { compileImageFilter } from '../../receivers/docker_stats/image-filter.ts';

/** The usual socket of Docker. */
export const DEFAULT_ENDPOINT = 'unix:///var/run/docker.sock';

/** The options of `docker_observer`. */
export const observerConfig = z.object({
  endpoint: z
    .string()
    .refine((text) => /^unix:\/\/.|^(tcp|https?):\/\/./.test(text) && URL.canParse(text), {
      error: 'expected unix:///path or a URL with tcp, http or https',
    })
    .prefault(DEFAULT_ENDPOINT)
    .describe('Daemon of Docker: a Unix socket, or a URL. Default: the variable `DOCKER_HOST`, else its usual socket.'),
  apiVersion: z
    .string('expected a text such as "1.44", in quotes')
    .regex(/^\d+\.\d+$/, 'expected a version such as "1.44"')
    .optional()
    .describe('Version of the API. Default: the newest one of the daemon.'),
  timeout: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('5s')
    .describe('Time after which a reading has failed.'),
  pollInterval: duration()
    .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
    .prefault('10s')
    .describe('Interval at which the list of containers is read.'),
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
      'Images whose containers are not reported: names, globs such as `test-*`, or regular expressions such as `/^test/`. With `!` in front, all other images.',
    ),
  useHostnameIfPresent: z
    .boolean()
    .prefault(false)
    .describe('Whether the host of an endpoint is the hostname of its container, instead of its address.'),
  useHostBindings: z
    .boolean()
    .prefault(false)
    .describe('Whether the host and port of an endpoint are those of the host that it is bound to.'),
  ignoreNonHostBindings: z
    .boolean()
    .prefault(false)
    .describe('Whether to leave out ports that are not bound to the host.'),
  includeAllContainers: z
    .boolean()
    .prefault(false)
    .describe('Whether to report each container also without a port (`port == 0`).'),
  cacheSyncInterval: ignored('the list of containers is read at `poll_interval`', { schema: z.string() }),
});

/** The parsed options. */
export type ObserverConfig = z.output<typeof observerConfig>;
