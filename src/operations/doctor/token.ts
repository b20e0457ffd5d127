import { whoAmIUrl } from '../../hub/addresses.js';
import { callApi } from '../../hub/api.js';
import { listRefusal } from '../../hub/refusal.js';
import { userSchema } from '../../hub/schemas.js';
import { ok } from './finding.js';
import type { Findings } from './findings.js';
import type { Probes } from './probes.js';

/**
 * Whose token this is.
 *
 * @returns the token where the hub accepts it
 */
export async function examineToken(
  { endpoint, token }: { endpoint: URL; token: string | undefined },
  probes: Probes,
  findings: Findings,
): Promise<string | undefined> {
  const about = { check: 'token', target: endpoint.host } as const;
  if (token === undefined) {
    findings.add(ok({ ...about, message: 'none: what is public is open, private and gated repos are not' }));
    return undefined;
  }
  const answer = await findings.attempt(about, () =>
    probes.within(endpoint.host, (signal) =>
      callApi(probes.context(endpoint, token), {
        url: whoAmIUrl(endpoint),
        schema: userSchema,
        refusal: (refused) => listRefusal(refused, signal),
        signal,
        stallTimeoutMs: 10_000,
      }),
    ),
  );
  if (answer === undefined) return undefined;
  findings.add(ok({ ...about, message: `accepted: ${answer.value.name}` }));
  return token;
}
