import * as z from 'zod/mini';
import { isSet } from './config-file.js';
import { expandPath, pathOf, type Place } from './paths.js';
import { proxy, text, transformed } from './schemas.js';
import type { Settings } from './settings.js';
import { table } from './table.js';
import { defaultOrigin, type Found, type ValueReader } from './value-reader.js';

type NetworkSettings = Pick<
  Settings,
  'httpProxy' | 'httpsProxy' | 'noProxy' | 'certificateFile' | 'certificateFolders' | 'extraCertificateFile'
>;

/** As curl and Python read their variables: without a scheme it is an http proxy. */
const addressOrHost = z.pipe(
  transformed(text, (value) => (value.includes('://') ? value : `http://${value}`)),
  proxy,
);

const nothing = { value: undefined, origin: defaultOrigin };

/** How servers are reached and whom they are trusted by: `--proxy`, and the variables that curl, Python and Node know. */
export function findNetwork(
  reader: ValueReader,
  place: Place,
): { [Name in keyof NetworkSettings]: Found<NetworkSettings[Name]> } {
  const extraCertificateFile = reader.variable('NODE_EXTRA_CA_CERTS', text) ?? nothing;
  return {
    httpProxy: findProxy(reader, httpVariables(place)),
    httpsProxy: findProxy(reader, ['https_proxy', 'HTTPS_PROXY']),
    noProxy: findNoProxy(reader),
    certificateFile: findCertificateFile(reader, place),
    certificateFolders: findCertificateFolders(reader, place),
    extraCertificateFile,
  };
}

/** In a CGI program `HTTP_PROXY` is what the visitor sent as `Proxy:` (CVE-2016-5385). */
function httpVariables({ environment }: Place): string[] {
  return isSet(environment['REQUEST_METHOD']) ? ['http_proxy'] : ['http_proxy', 'HTTP_PROXY'];
}

function findProxy(reader: ValueReader, variables: readonly string[]): Found<string | undefined> {
  const all = [...variables, 'all_proxy', 'ALL_PROXY'];
  const setting = { ...table.proxy, variables: Object.fromEntries(all.map((name) => [name, addressOrHost])) };
  return reader.find('proxy', setting) ?? nothing;
}

function findNoProxy(reader: ValueReader): Found<readonly string[]> {
  const list = transformed(text, (value) => value.split(/[,\s]+/).filter((entry) => entry !== ''));
  return reader.variable('no_proxy', list) ?? reader.variable('NO_PROXY', list) ?? { value: [], origin: defaultOrigin };
}

function findCertificateFile(reader: ValueReader, place: Place): Found<string | undefined> {
  const found = reader.variable('SSL_CERT_FILE', text);
  return found === undefined ? nothing : { ...found, value: expandPath(found.value, place) };
}

function findCertificateFolders(reader: ValueReader, place: Place): Found<readonly string[]> {
  const found = reader.variable('SSL_CERT_DIR', text);
  if (found === undefined) return { value: [], origin: defaultOrigin };
  const folders = found.value.split(pathOf(place.platform).delimiter).filter(isSet);
  return { ...found, value: folders.map((folder) => expandPath(folder, place)) };
}
