import { readFile, readdir } from 'node:fs/promises';

/**
 * The licence of each package whose code is inside a bundle, as its licence asks for, in Markdown.
 *
 * @param {{ inputs: Record<string, unknown> }} metafile  esbuild's
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices({ inputs }) {
  const folders = Object.keys(inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const sections = await Promise.all(
    [...new Set(folders)].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
      const licenceFile = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
      if (licenceFile === undefined) throw new Error(`${folder} has no licence file`);
      return noticeOf(`${name} ${version} (${license})`, await readFile(`${folder}/${licenceFile}`, 'utf8'));
    }),
  );
  return `# Third-party code inside this package\n\n${sections.join('\n')}`;
}

/** One section of the notices. */
export function noticeOf(title, licence) {
  return `## ${title}\n\n\`\`\`text\n${licence.trim()}\n\`\`\`\n`;
}
