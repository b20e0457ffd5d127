/** Kept equal to package.json by a test. */
export const userAgent = 'model-hub-cli/0.1.0';
