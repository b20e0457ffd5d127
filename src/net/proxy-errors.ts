/** The proxy answered something other than a tunnel. */
export class NoTunnel extends Error {
  override readonly name = 'NoTunnel';
  /** Another user or password would help, and nothing else. */
  readonly wantsAccount: boolean;

  /** @param why  some words that follow "the proxy: " */
  constructor(why: string, { wantsAccount }: { wantsAccount: boolean }) {
    super(why);
    this.wantsAccount = wantsAccount;
  }
}

/** The way to the proxy itself broke. `cause` tells how. */
export class ProxyUnreachable extends Error {
  override readonly name = 'ProxyUnreachable';
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}
