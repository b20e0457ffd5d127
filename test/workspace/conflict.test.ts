import { expect, it } from 'vitest';
import { conflictSides } from '../../src/workspace/conflict.js';

it('gives both sides of a conflict, the base of git’s diff3 left out', () => {
  const text = 'a\n<<<<<<< HEAD\nours\n||||||| 1234\nbase\n=======\ntheirs\n>>>>>>> other\nz\n';
  expect(conflictSides(text)).toEqual({ ours: 'a\nours\nz\n', theirs: 'a\ntheirs\nz\n' });
});

it('knows a text without marks', () => {
  expect(conflictSides('a = "<<<<<<<"\n')).toBeUndefined();
});
