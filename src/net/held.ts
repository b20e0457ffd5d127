/** Runs a wait during which a request has not been made: nobody is to blame for its silence. */
export type Held = <T>(wait: () => Promise<T>) => Promise<T>;

/** Of a request whose silence nobody watches. */
export const atOnce: Held = (wait) => wait();
