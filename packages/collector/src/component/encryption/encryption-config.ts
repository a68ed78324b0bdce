import { readFileSync } from 'node:fs';
import type { KeyProvider } from '@otelier/journal/encryption';
import { byteSize, secret, z } from '../schema.ts';

/** The fields that each provider needs. */
const REQUIRED = {
  file: ['path'],
  environment: ['variable'],
  command: ['command'],
  vault: ['address', 'key'],
} as const;

const config = z
  .strictObject({
    provider: z
      .enum(['file', 'environment', 'command', 'vault'])
      .describe(
        'Where the key-encryption keys are. They encrypt the data keys of tenants, which are stored encrypted beside the files.',
      ),
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        '`file`: a file with a key in each line, as `otelier store create-key` prints it. Only its owner may read it (0600). The last line is the current key.',
      ),
    variable: z.string().min(1).optional().describe('`environment`: the variable whose value has the same format.'),
    command: z
      .array(z.string())
      .min(1)
      .optional()
      .describe(
        '`command`: a program and its arguments, which wraps and unwraps keys over its standard input and output.',
      ),
    address: z.url().optional().describe('`vault`: URL of HashiCorp Vault or OpenBao.'),
    key: z.string().min(1).optional().describe('`vault`: name of the key in the transit secrets engine.'),
    mount: z.string().min(1).optional().describe('`vault`: path of the engine. Default: `transit`.'),
    namespace: z.string().min(1).optional().describe('`vault`: namespace of the engine.'),
    token: secret().optional().describe('`vault`: token of the client.'),
    tokenFile: z
      .string()
      .min(1)
      .optional()
      .describe('`vault`: file with the token, which is read for each request, so that an agent can renew it.'),
    caFile: z.string().min(1).optional().describe('`vault`: certificates of the authorities to trust.'),
    memory: byteSize()
      .optional()
      .describe('Maximum size of files that are decrypted in memory for SQL. Default: 512 MiB.'),
  })
  .superRefine((value, context) => {
    for (const field of REQUIRED[value.provider]) {
      if (value[field] !== undefined) continue;
      context.addIssue({ code: 'custom', path: [field], message: `expected a value for provider ${value.provider}` });
    }
    if (value.provider === 'vault' && (value.token === undefined) === (value.tokenFile === undefined)) {
      context.addIssue({ code: 'custom', path: ['token'], message: 'expected either token or token_file' });
    }
  });

/** Returns a field for encryption at rest. */
export function encryption() {
  return config
    .optional()
    .describe('Encrypts what is written to disk, with a data key for each tenant. Default: not encrypted.');
}

export type EncryptionConfig = z.output<typeof config>;

/** Parses the same settings as an environment variable has them for commands. Throws with a message for users. */
export function parseEncryption(value: unknown): EncryptionConfig {
  const parsed = config.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** Creates the provider of keys that a configuration names. What encrypts is loaded now. */
export async function createKeyProvider(
  config: EncryptionConfig,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<KeyProvider> {
  const { commandProvider, environmentProvider, fileProvider, vaultProvider } = await import(
    '@otelier/journal/encryption'
  );
  switch (config.provider) {
    case 'file':
      return fileProvider(config.path ?? '');
    case 'environment':
      return environmentProvider(config.variable ?? '', environment);
    case 'command': {
      const [program = '', ...args] = config.command ?? [];
      return commandProvider([program, ...args]);
    }
    case 'vault': {
      const { address = '', key = '', mount, namespace, caFile, token = '', tokenFile } = config;
      const read = () => (tokenFile === undefined ? token : readFileSync(tokenFile, 'utf8').trim());
      return vaultProvider({ address, key, mount, namespace, caFile, token: read });
    }
  }
}

/** Returns the options of a store for a configuration. Core files and reports of this process contain no memory from now on. */
export async function storeEncryption(
  config: EncryptionConfig | undefined,
  environment: Readonly<Record<string, string | undefined>>,
) {
  if (config === undefined) return undefined;
  const { protectProcess } = await import('@otelier/journal/encryption');
  protectProcess();
  return { provider: await createKeyProvider(config, environment), memoryBytes: config.memory };
}
