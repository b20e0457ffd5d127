/** The screen without what differs from run to run. All stands for something of the same width, so that columns stay. */
export function masked(screen: string, { home }: { home: string }): string {
  return changing.reduce(
    (text, pattern) => text.replace(pattern, (found) => found.replace(/\d/g, '·')),
    screen.replaceAll(home, '/home/someone'),
  );
}

const changing = [
  // Speeds, durations, what is free.
  /[\d.]+ [kMG]?B\/s/g,
  /\d[\d.]* (?:s|min)\b/g,
  /[\d.]+ [kMGT]?B free/g,
  /(?<=127\.0\.0\.1:)\d+/g,
  /\d{4}-\d\d-\d\d(?= \()/g,
];
