import { generate } from 'selfsigned';

/** A certificate and its key, PEM-encoded. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority with certificates signed by it, and a second authority with a client certificate. */
export interface Certificates {
  readonly ca: Certificate;
  /** Valid for 127.0.0.1, localhost and `collector.example`. */
  readonly server: Certificate;
  readonly client: Certificate;
  readonly otherCa: Certificate;
  /** A client certificate signed by the other authority. */
  readonly otherClient: Certificate;
}

/** The start and end of a certificate's validity, relative to now. */
export interface Validity {
  readonly fromMillis?: number;
  readonly toMillis?: number;
}

let made: Promise<Certificates> | undefined;

/** Creates certificates that are valid for one day. They are created once per process. */
export function createCertificates(): Promise<Certificates> {
  made ??= makeAll();
  return made;
}

/** Creates another server certificate, by default valid for one day. */
export function signServerCertificate(ca: Certificate, validity?: Validity): Promise<Certificate> {
  return sign(
    'collector.example',
    ca,
    [
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'collector.example' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    validity,
  );
}

async function makeAll(): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([authority('otelier test CA'), authority('another CA')]);
  const usage: Extensions = [
    { name: 'keyUsage', digitalSignature: true },
    { name: 'extKeyUsage', clientAuth: true },
  ];
  const [server, client, otherClient] = await Promise.all([
    signServerCertificate(ca),
    sign('client', ca, usage),
    sign('other client', otherCa, usage),
  ]);
  return { ca, server, client, otherCa, otherClient };
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

function authority(name: string): Promise<Certificate> {
  return sign(name, undefined, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

async function sign(
  name: string,
  ca: Certificate | undefined,
  extensions: Extensions,
  { fromMillis = -3_600_000, toMillis = 86_400_000 }: Validity = {},
): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + fromMillis),
    notAfterDate: new Date(Date.now() + toMillis),
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { cert, key };
}
