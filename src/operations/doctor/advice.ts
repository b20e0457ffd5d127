import type { HubError } from '../../errors.js';
import { BadRedirect, CutOff, HubUnreachable, ServerError, TooManyRedirects } from '../../net/errors.js';

const onlyByProxy = 'Where only a proxy leads out, name it: --proxy, https_proxy.';

/** What to change, by what broke; most errors know it themselves. */
export function adviceFor(error: HubError): string | undefined {
  if (error instanceof HubUnreachable) return adviceOnTheWay(error);
  if (error instanceof ServerError) {
    return error.why === 'answered 511'
      ? 'This network wants you to log in first: open any page in a browser and follow its login page.'
      : 'The server is there and has trouble of its own: wait, look at its status page, or name another --endpoint.';
  }
  if (error instanceof CutOff) {
    return 'A proxy, a firewall or a scanner in between ends long answers, or the line is bad: try another network.';
  }
  if (error instanceof TooManyRedirects || error instanceof BadRedirect) {
    return 'Open the address in a browser: a login page of this network or a proxy may answer in place of the hub.';
  }
  return error.hint;
}

function adviceOnTheWay({ why, hint, retryable }: HubUnreachable): string | undefined {
  // Certificates and a proxy's account: told with their cure.
  if (!retryable) return hint;
  const rule = rules.find(({ of }) => of.test(why));
  if (why.startsWith('through the proxy')) return rule?.byProxy ?? proxyFails;
  return rule?.direct ?? `Look at the network. ${onlyByProxy}`;
}

const proxyFails =
  'The proxy is reached and does not let you through: ask whoever runs it, or except the host (no_proxy).';
const checkProxy = 'Look at the address of the proxy: --proxy, https_proxy, http_proxy, ALL_PROXY.';

const rules: readonly { of: RegExp; direct: string; byProxy?: string }[] = [
  {
    of: /no such host/,
    direct: `Look at the spelling of --endpoint or HF_ENDPOINT. If other names are not found either, DNS is broken here. ${onlyByProxy}`,
    byProxy: checkProxy,
  },
  {
    of: /cannot be looked up/,
    direct: `No name server answers: this machine has no network, or DNS (resolv.conf, VPN) is broken. ${onlyByProxy}`,
    byProxy: checkProxy,
  },
  {
    of: /no network|no route/,
    direct: 'This machine has no way there: look at cable, Wi-Fi, VPN and firewall.',
    byProxy: checkProxy,
  },
  {
    of: /refused/,
    direct: `The machine is there, and nothing listens at that port: the server is down, the port is wrong, or a firewall refuses. ${onlyByProxy}`,
    byProxy: `Nothing listens where the proxy should be. ${checkProxy}`,
  },
  {
    of: /timed out|no answer within|no good answer/,
    direct: `Something swallows what is sent, mostly a firewall. ${onlyByProxy}`,
    byProxy: `The proxy does not answer in time. ${checkProxy}`,
  },
  {
    of: /reset|closed/,
    direct: `Something ends the connection, mostly a firewall or a scanner on the way. ${onlyByProxy}`,
    byProxy: 'The proxy ends the connection without a word: ask whoever runs it whether the host is blocked.',
  },
  {
    of: /no TLS|no HTTP/,
    direct: 'Something else listens there: look at scheme and port of the address, http:// or https://.',
    byProxy: checkProxy,
  },
];
