import type { ErrorTable } from './error-tables.ts';

const HEAD = `# Errors

Every error carries a stable \`code\`. A code is never renamed and never used for something else. HTTP answers carry it in
\`code\` of the problem document, the command line prints it before the message. The ending says what kind of failure it is:
\`_MALFORMED\` cannot be parsed, \`_INVALID\` parsed but wrong, \`_OUT_OF_RANGE\`, \`_MISMATCH\`, \`_MISSING\`, \`_EXCEEDED\`,
\`_UNKNOWN\`, \`_TIMEOUT\`.

This page is written by \`pnpm run docs\` from the \`errors.ts\` of each package; a test compares the two.
`;

/** @returns docs/errors.md: one section per room, one row per code, both sorted. */
export function errorsPage(tables: readonly ErrorTable[]): string {
  const sections = tables.map(({ room, codes }) => {
    const rows = Object.entries(codes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, { meaning, remedy }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(remedy)} |`);
    return `\n## ${room}\n\n| code | meaning | remedy |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return HEAD + sections.join('');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
