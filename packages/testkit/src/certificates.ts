import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
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

/** Creates a client certificate, valid for one day. */
export function signClientCertificate(ca: Certificate): Promise<Certificate> {
  return sign('client', ca, CLIENT_USAGE);
}

/** Creates the revocation list of an authority, in PEM, valid for one day unless `toMillis` says otherwise. */
export async function signRevocationList(
  ca: Certificate,
  revoked: readonly Certificate[],
  { fromMillis = -3_600_000, toMillis = 86_400_000 }: Validity = {},
): Promise<string> {
  const { X509CrlGenerator } = await import('@peculiar/x509');
  const signingKey = await signingKeyOf(ca);
  const list = await X509CrlGenerator.create({
    issuer: new X509Certificate(ca.cert).subject.replaceAll('\n', ', '),
    thisUpdate: new Date(Date.now() + fromMillis),
    nextUpdate: new Date(Date.now() + toMillis),
    entries: revoked.map(({ cert }) => ({ serialNumber: new X509Certificate(cert).serialNumber })),
    signingKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const lines =
    Buffer.from(list.rawData)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}

/**
 * Signs a certificate request (PKCS #10, in DER) for names, and returns the certificate in PEM. Throws unless the request has these names and
 * a valid signature. The validity is in milliseconds since the Unix epoch.
 */
export async function signRequestedCertificate(
  ca: Certificate,
  request: Buffer,
  names: readonly string[],
  validity: Required<Validity>,
): Promise<string> {
  const x509 = await import('@peculiar/x509');
  const csr = new x509.Pkcs10CertificateRequest(new Uint8Array(request));
  const requested = csr.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap(({ names: { items } }) => items.map(({ value }) => value));
  if (!(await csr.verify())) throw new Error('the signature of the certificate request differs');
  if (requested.toSorted().join() !== names.toSorted().join())
    throw new Error(`expected a request for ${names.join(', ')}, got ${requested.join(', ')}`);
  const authority = new x509.X509Certificate(ca.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: authority.subject,
    publicKey: csr.publicKey,
    notBefore: new Date(validity.fromMillis),
    notAfter: new Date(validity.toMillis),
    signingKey: await signingKeyOf(ca),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** Creates a server certificate that names an OCSP server, or one that may sign its responses, valid for one day. */
export async function signOcspCertificate(
  ca: Certificate,
  { responderUrl, isSigner = false }: { readonly responderUrl?: string; readonly isSigner?: boolean },
): Promise<Certificate> {
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const authority = new x509.X509Certificate(ca.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=collector.example',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingKey: await signingKeyOf(ca),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'collector.example' }]),
      ...(responderUrl === undefined ? [] : [new x509.AuthorityInfoAccessExtension({ ocsp: responderUrl })]),
      ...(isSigner ? [new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.9'])] : []),
    ],
  });
  const key = createPrivateKey({
    key: Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function signingKeyOf({ key }: Certificate): Promise<CryptoKey> {
  const der = createPrivateKey(key).export({ format: 'der', type: 'pkcs8' });
  return crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
}

async function makeAll(): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([authority('otelier test CA'), authority('another CA')]);
  const [server, client, otherClient] = await Promise.all([
    signServerCertificate(ca),
    signClientCertificate(ca),
    sign('other client', otherCa, CLIENT_USAGE),
  ]);
  return { ca, server, client, otherCa, otherClient };
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

const CLIENT_USAGE: Extensions = [
  { name: 'keyUsage', digitalSignature: true },
  { name: 'extKeyUsage', clientAuth: true },
];

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
