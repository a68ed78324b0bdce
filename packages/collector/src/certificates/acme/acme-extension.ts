import { join, resolve } from 'node:path';
import type { ComponentContext, Extension } from '../../component/contract.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import type { AccountOptions } from './account.ts';
import type { AcmeCertificate, AcmeState } from './acme-certificate.ts';
import type { AcmeConfig } from './config.ts';

/** What the extension `acme` offers to servers, and to the list of certificates. */
export interface AcmeOffer {
  /** Path of the file with the chain and its key. It is missing until the certificate has been issued. */
  readonly certificateFile: string;
  /** `undefined` in worker threads, which only load the file. */
  readonly state: () => AcmeState | undefined;
}

/** Returns the path of the certificate in the directory of an extension. */
export function certificateFileIn(directory: string): string {
  return join(resolve(directory), 'certificate.pem');
}

/** Returns what an extension tells the authority of its account. */
export function accountOptions({ contact, externalAccount }: AcmeConfig): AccountOptions {
  return { contact: contact.map((address) => `mailto:${address}`), externalAccount };
}

/** Creates the extension. Only the main thread obtains the certificate. */
export function createAcmeExtension(config: AcmeConfig, context: ComponentContext): Extension {
  const { clock, random, logger, host } = context;
  const file = certificateFileIn(config.directory);
  let certificate: AcmeCertificate | undefined;
  const offers: AcmeOffer = {
    certificateFile: file,
    state: () => certificate && { ...certificate.progress, names: config.names, authority: config.directoryUrl, file },
  };
  return {
    offers,
    async start() {
      // Worker threads cannot be reloaded.
      if (host.configuration === undefined) return;
      const [{ AcmeCertificate }, { createChallengeServer }] = await Promise.all([
        import('./acme-certificate.ts'),
        import('./challenges.ts'),
      ]);
      const { names, keyType, profile, directoryUrl, challenge } = config;
      certificate = new AcmeCertificate({
        ...{ names, keyType, profile, directoryUrl, clock, random, logger },
        ...accountOptions(config),
        directory: resolve(config.directory),
        tls: requestTls(config.tls, clock),
        renewBeforeMillis: config.renewBefore,
        challenges: createChallengeServer({ ...challenge, clock, logger }),
        reportStatus: (status) => context.reportStatus(status),
      });
      certificate.start();
    },
    shutdown: async () => certificate?.shutdown(),
  };
}
