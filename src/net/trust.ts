import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type SecureContext, createSecureContext } from 'node:tls';
import { UsageError } from '../errors.js';

export interface TrustSettings {
  /** Of authorities, instead of those that Node brings along: `SSL_CERT_FILE`. */
  readonly certificateFile: string | undefined;
  /** The same, all files of these folders together: `SSL_CERT_DIR`. */
  readonly certificateFolders: readonly string[];
  /** Of further authorities: `NODE_EXTRA_CA_CERTS`. */
  readonly extraCertificateFile: string | undefined;
}

/** Options of a TLS socket. */
export interface Trust {
  /** One for all connections: to make one is dear. */
  readonly secureContext: SecureContext;
  /** Also where `NODE_TLS_REJECT_UNAUTHORIZED` says otherwise: tokens and digests come over these connections. */
  readonly rejectUnauthorized: true;
}

/**
 * Reads which authorities are trusted. `SSL_CERT_FILE` and `SSL_CERT_DIR` take the place of the usual ones, as for
 * OpenSSL, curl and Python; `NODE_EXTRA_CA_CERTS` comes on top.
 *
 * @returns what makes the context at its first call
 * @throws UsageError  a file that cannot be read, or has no certificate
 */
export function trust({ certificateFile, certificateFolders, extraCertificateFile }: TrustSettings): () => Trust {
  const extra = extraCertificateFile === undefined ? [] : certificatesOf('NODE_EXTRA_CA_CERTS', extraCertificateFile);
  const own = [
    ...(certificateFile === undefined ? [] : certificatesOf('SSL_CERT_FILE', certificateFile)),
    ...(certificateFolders.length === 0 ? [] : certificatesBelow('SSL_CERT_DIR', certificateFolders)),
  ];
  // Node itself adds NODE_EXTRA_CA_CERTS to its own authorities, but not to others.
  const contextOptions = own.length === 0 ? {} : { ca: [...new Set([...own, ...extra])] };
  let trusted: Trust | undefined;
  return () => (trusted ??= { secureContext: createSecureContext(contextOptions), rejectUnauthorized: true });
}

function certificatesOf(variable: string, file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    throw unusable(variable, `${file} can't be read (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const certificates = certificatesIn(text);
  if (certificates.length === 0) throw unusable(variable, `${file} has no certificate in PEM form`);
  return certificates;
}

/** Folders that are not there are passed over, as everywhere: lists of them are made for several systems. */
function certificatesBelow(variable: string, folders: readonly string[]): string[] {
  const certificates = folders.flatMap((folder) =>
    namesIn(folder).flatMap((name) => {
      try {
        return certificatesIn(readFileSync(join(folder, name), 'latin1'));
      } catch {
        // A folder, a link to nowhere, a private key that is not ours to read.
        return [];
      }
    }),
  );
  if (certificates.length === 0) throw unusable(variable, `no certificate in PEM form in ${folders.join(', ')}`);
  return certificates;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** None where not one of them is a certificate. To parse all takes 30 ms, and OpenSSL passes over what is none. */
function certificatesIn(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.some(isCertificate) ? blocks : [];
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function unusable(variable: string, why: string): UsageError {
  return new UsageError(`${variable}: ${why}`, {
    hint: 'It names the certificates of those whom to trust. Without it the usual ones are trusted.',
  });
}
