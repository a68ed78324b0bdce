import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { clientAuth } from '../../component/fields/client-auth.ts';
import { httpClientFields } from '../../component/fields/http-client.ts';
import { duration, z } from '../../component/schema.ts';

/** Returns the fields of a receiver that reads an HTTP server (the Collector's `confighttp.ClientConfig`). */
export function httpServerFields(endpoint: string) {
  return {
    ...httpClientFields('each reading has a connection of its own'),
    endpoint: z
      .string()
      .refine((text) => URL.canParse(text) && /^https?:/.test(text), { error: 'expected an http or https URL' })
      .prefault(endpoint)
      .describe('URL to read.'),
    headers: headersField(),
    tls: clientTlsField(),
    auth: clientAuth(),
    timeout: duration().prefault('10s').describe('Time after which a reading has failed. 0 means the interval.'),
  };
}

/** Removes the name and password from a URL. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
