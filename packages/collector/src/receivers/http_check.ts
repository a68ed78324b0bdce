import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { clientTlsField, headersField } from '../component/fields/client.ts';
import { checkClientAuth, clientAuth } from '../component/fields/client-auth.ts';
import { httpClientFields } from '../component/fields/http-client.ts';
import { duration, notYet, z } from '../component/schema.ts';
import { nowUnixNano } from '../metrics/now.ts';
import { HTTP_CHECK_METRICS } from './http_check/metrics.ts';
import { enabledMetrics, metricsField, scrapingFields } from './scraping/fields.ts';
import { ScrapingReceiver } from './scraping/scraping-receiver.ts';
import { writeReadings } from './scraping/write-readings.ts';

function url() {
  return z.string().refine((text) => URL.canParse(text) && /^https?:/.test(text), {
    error: 'expected an http or https URL',
  });
}

const target = z.object({
  ...httpClientFields('each check has a connection of its own'),
  endpoint: url().optional().describe('URL to request.'),
  endpoints: z.array(url()).prefault([]).describe('URLs to request.'),
  method: z
    .string()
    .regex(/^[A-Za-z]+$/, { error: 'expected a method such as GET' })
    .transform((method) => method.toUpperCase())
    .prefault('GET')
    .describe('Method of requests.'),
  body: z.string().prefault('').describe('Body of requests.'),
  headers: headersField(),
  timeout: duration().prefault('0s').describe('Time after which a request has failed. 0 means the interval.'),
  tls: clientTlsField(),
  auth: clientAuth(),
  validations: notYet('check the status').describe('Conditions for the body of the response. Not supported yet.'),
});

const config = z.object({
  targets: z.array(target).describe('Servers to check.'),
  ...scrapingFields(),
  metrics: metricsField(HTTP_CHECK_METRICS),
});

type Target = z.output<typeof target>;

export const httpCheck = defineReceiver({
  summary: 'Requests URLs, and reports the status, the duration and errors.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['httpcheck'],
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A service on the same host', config: { targets: [{ endpoint: 'http://127.0.0.1:8080/health' }] } },
    {
      title: 'Two services with credentials, and the validity of their certificates',
      config: {
        collection_interval: '30s',
        targets: [
          {
            endpoints: ['https://shop.example.com', 'https://api.example.com/health'],
            headers: { authorization: 'Bearer a token' },
            timeout: '5s',
          },
        ],
        metrics: { 'httpcheck.tls.cert_remaining': { enabled: true } },
      },
    },
  ],
  describe: ({ targets }) => targets.flatMap(urlsOf).join(', '),
  check({ targets }, use): readonly ConfigIssue[] {
    const none = targets.length > 0 ? [] : [{ path: ['targets'], message: 'expected at least one target, got none' }];
    const each = targets.flatMap((one, index) => {
      const path = ['targets', index];
      const auth = checkClientAuth(one, use).map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
      if (urlsOf(one).length > 0) return auth;
      return [...auth, { path: [...path, 'endpoint'], message: 'expected a URL, got nothing' }];
    });
    return [...none, ...each];
  },
  create: (options, next, context) =>
    new ScrapingReceiver('checks of HTTP servers', options, next, context, async () => {
      const { createHttpCheck } = await import('./http_check/check.ts');
      const targets = options.targets.map((one) => ({
        ...one,
        urls: urlsOf(one),
        timeoutMillis: one.timeout || options.collectionInterval,
      }));
      const check = createHttpCheck(targets, context);
      const wanted = { metrics: HTTP_CHECK_METRICS, isEnabled: enabledMetrics(HTTP_CHECK_METRICS, options.metrics) };
      const scrape = async () => writeReadings(wanted, await check(), nowUnixNano(context.clock));
      return [{ name: 'http', scrape }];
    }),
});

function urlsOf({ endpoint, endpoints }: Pick<Target, 'endpoint' | 'endpoints'>): string[] {
  return [...(endpoint === undefined ? [] : [endpoint]), ...endpoints];
}
