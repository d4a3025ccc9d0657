// An authority of the tests' own, and the certificates that it issues.
import { isIP } from 'node:net'

/** In PEM. */
export type Certificate = { certificate: string; key: string }

export type Authority = {
  /** What clients are told to trust, in PEM. */
  certificate: string
  /** A certificate for these names and addresses; `commonName` is who a client with it claims to be. */
  issue(hosts: string[], options?: { commonName?: string; notAfter?: Date }): Promise<Certificate>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 86_400_000
let serial = 1

/** Makes an authority that nobody knows yet, valid for a month. */
export async function createAuthority(name = 'Test authority'): Promise<Authority> {
  const x509 = await loadX509()
  const { privateKey, publicKey } = await newKeys()
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    signingAlgorithm: algorithm,
    keys: { privateKey, publicKey },
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  const issue: Authority['issue'] = async (hosts, { commonName = hosts[0] ?? '', notAfter } = {}) => {
    const keys = await newKeys()
    const names = hosts.map(value => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))
    const issued = await x509.X509CertificateGenerator.create({
      ...validity(notAfter),
      subject: `CN=${commonName}`,
      issuer: own.subject,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: privateKey,
      extensions: [new x509.BasicConstraintsExtension(false), new x509.SubjectAlternativeNameExtension(names)],
    })
    return { certificate: issued.toString('pem'), key: await privateKeyOf(keys) }
  }
  return { certificate: own.toString('pem'), issue }
}

/** Loaded late: it is large, hardly ever needed, and wants a polyfill of the global `Reflect`. */
async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function privateKeyOf(keys: { privateKey: Parameters<typeof crypto.subtle.exportKey>[1] }): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`
}

function validity(notAfter = new Date(Date.now() + 30 * dayMs)) {
  const serialNumber = (serial++).toString(16).padStart(4, '0')
  return { serialNumber, notBefore: new Date(Date.now() - 2 * dayMs), notAfter }
}
