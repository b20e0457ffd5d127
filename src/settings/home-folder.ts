import { homedir } from 'node:os';

/** The user's home. `/` for a user whom the system does not know, as a container may run one: Docker says the same. */
export function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}
