import { expect, test } from 'vitest';
import { jsonPage } from './page.js';

// `npm run docs:json` runs this test so that it writes the page.
test('docs/json.md says what the schemas say (else: npm run docs:json)', async () => {
  await expect(await jsonPage()).toMatchFileSnapshot('../../docs/json.md');
});
