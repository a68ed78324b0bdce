import { clientTlsWithoutLists } from '../component/fields/client.ts';
import { duration, inputFile, secret, z } from '../component/schema.ts';

/** The fields of a client, which the receiver and the exporter share. */
export const natsClientFields = {
  servers: z
    .array(z.string().regex(/^((nats|tls):\/\/)?[^\s/]+$/, { error: 'expected `nats://host:port`' }))
    .min(1)
    .prefault(['nats://127.0.0.1:4222'])
    .describe('Addresses of servers, `nats://host:port`. Others of the cluster are found by these.'),
  name: z.string().min(1).prefault('otelier').describe('Name of the connection, which servers show.'),
  connectTimeout: duration().prefault('10s').describe('Maximum time to connect to a server.'),
  reconnectInterval: duration().prefault('2s').describe('Time between two attempts to connect.'),
  auth: z
    .object({
      token: secret().optional().describe('Token.'),
      username: z.string().optional().describe('User name.'),
      password: secret().optional().describe('Password of the user.'),
      nkeySeedFile: inputFile().optional().describe('File with the seed of an NKey.'),
      credentialsFile: inputFile().optional().describe('File with a JWT and a seed (`.creds`).'),
    })
    .prefault({})
    .refine(
      ({ token, username, nkeySeedFile, credentialsFile }) =>
        [token, username, nkeySeedFile, credentialsFile].filter((value) => value !== undefined).length <= 1,
      { error: 'expected one way of authentication' },
    )
    .describe('Authentication: a token, a user with a password, an NKey or credentials.'),
  tls: clientTlsWithoutLists()
    .prefault({ insecure: true })
    .describe('TLS settings. Without them, TLS is used if the server asks for it.'),
} as const;

/** The configuration of a client. */
export type NatsClientConfig = z.output<z.ZodObject<typeof natsClientFields>>;
