import { foreignText } from './foreign-text.js';

export interface CertificateFault {
  /** Some words that follow "host: ". */
  readonly why: string;
  /** What cures it. */
  readonly hint: string;
}

const addAuthority =
  'Where a company or a proxy opens TLS, put the file with its certificate into NODE_EXTRA_CA_CERTS, which adds it to ' +
  'the usual authorities; SSL_CERT_FILE and SSL_CERT_DIR take their place.';
const lookAtClock = "Look at this machine's clock; if it is right, only the server's owner can help.";
const somebodyElse =
  'Something else may answer in its place: a proxy, a login page of this network. Or --endpoint is wrong.';

const unknownIssuer: CertificateFault = {
  why: 'its certificate is signed by somebody who is not trusted here',
  hint: addAuthority,
};
const selfSigned: CertificateFault = { why: 'its certificate is signed by itself', hint: addAuthority };

/** Node's codes for OpenSSL's verdicts (X509_V_ERR_…). */
const faults: Readonly<Record<string, CertificateFault>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  CERT_HAS_EXPIRED: { why: 'its certificate has expired', hint: lookAtClock },
  CERT_NOT_YET_VALID: { why: 'its certificate is not valid yet', hint: lookAtClock },
  ERR_TLS_CERT_ALTNAME_INVALID: { why: 'its certificate is for another name', hint: somebodyElse },
};

const otherCodes = /CERT|UNABLE_TO_|^(INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** What is wrong with a certificate; undefined for an error of another kind. */
export function certificateFault(error: Error): CertificateFault | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const fault = faults[code];
  if (fault === undefined && !otherCodes.test(code)) return undefined;
  const { why, hint } = fault ?? { why: 'its certificate is not trusted', hint: addAuthority };
  return { why: `${why} (${[code, ...namesIn(error)].join('; ')})`, hint };
}

/** For whom the certificate is, where that is what is wrong. */
function namesIn(error: Error): string[] {
  const certificate = 'cert' in error ? (error.cert as { subjectaltname?: unknown } | undefined) : undefined;
  const names = certificate?.subjectaltname;
  return typeof names === 'string' ? [foreignText(names)] : [];
}
