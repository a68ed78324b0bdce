import { existsSync, readFileSync } from 'node:fs';
import type { ConfiguredComponent } from '../../config/model.ts';
import type { Check, CheckContext } from '../check.ts';
import type { CheckFinding } from '../finding.ts';

/** Reports what weakens encryption at rest: memory that can reach a disk, and keys that others can read. */
export const encryption: Check = {
  id: 'encryption',
  isLive: false,
  async run(context) {
    const components = [...context.config.exporters.values(), ...context.config.extensions.values()];
    const encrypted = components.filter(({ config }) => config['encryption'] !== undefined);
    if (encrypted.length === 0) return [];
    const provided = await Promise.all(encrypted.map(providerFindings));
    return [...provided.flat(), ...(await memoryFindings(encrypted)), ...(await processFindings(context))];
  },
};

function subjectOf({ kind, id }: ConfiguredComponent): string {
  return `${kind}s/${id}`;
}

/** Reports a file of keys that cannot be used. Other providers are not asked. */
async function providerFindings(component: ConfiguredComponent): Promise<readonly CheckFinding[]> {
  const { provider, path } = component.config['encryption'] as { readonly provider: string; readonly path?: string };
  if (provider !== 'file' || path === undefined) return [];
  const { fileProvider } = await import('@otelier/journal/encryption');
  try {
    await fileProvider(path).wrap(new Uint8Array(), '');
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [
      {
        severity: 'error',
        subject: subjectOf(component),
        message,
        remedy:
          '`otelier store create-key` prints a key. Write it to a file that only the user of otelier can read (chmod 600).',
      },
    ];
  }
}

async function memoryFindings(encrypted: readonly ConfiguredComponent[]): Promise<readonly CheckFinding[]> {
  const [store] = encrypted.filter(({ kind }) => kind === 'exporter');
  if (store === undefined) return [];
  const { memoryFilesError } = await import('@otelier/store/memory-files');
  const reason = memoryFilesError();
  if (reason === undefined) return [];
  return [
    {
      severity: 'warning',
      subject: subjectOf(store),
      message: `SQL cannot read encrypted files: ${reason}`,
      remedy: 'Mount a tmpfs at /dev/shm. Searches, traces and charts work without it.',
    },
  ];
}

async function processFindings({ live }: CheckContext): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  if (existsSync('/proc/swaps') && readFileSync('/proc/swaps', 'utf8').trim().split('\n').length > 1) {
    findings.push({
      severity: 'warning',
      subject: 'process',
      message: 'the machine swaps memory to a disk, which can contain decrypted telemetry and keys',
      remedy: 'Encrypt the swap space, or switch it off.',
    });
  }
  if (live === undefined) return findings;
  const { processProtection } = await import('@otelier/journal/encryption');
  const { coreDumps, options } = processProtection();
  const remedy = 'Start otelier without them, and with `ulimit -c 0`.';
  if (coreDumps !== undefined) {
    const message = `core dumps can contain decrypted telemetry and keys: ${coreDumps}`;
    findings.push({ severity: 'warning', subject: 'process', message, remedy });
  }
  if (options.length > 0) {
    const message = `options of Node.js write memory to files: ${options.join(' ')}`;
    findings.push({ severity: 'warning', subject: 'process', message, remedy });
  }
  return findings;
}
