/** A constant as its module exports it, with its docstring. */
export interface DocumentedConstant {
  readonly name: string;
  readonly value: string;
  readonly says: string;
}

const DOCUMENTED = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+) =/g;

/**
 * @param source text of a module in which a docstring stands above each constant.
 * @returns its constants in their order. @throws when one has no docstring.
 */
export function constantsOf(source: string, module: Readonly<Record<string, unknown>>): DocumentedConstant[] {
  const found = [...source.matchAll(DOCUMENTED)].map(([, says, name]) => ({
    name: name as string,
    value: shown(module[name as string]),
    says: sentence(says as string),
  }));
  const missing = Object.keys(module).filter((name) => !found.some((constant) => constant.name === name));
  if (missing.length > 0) throw new Error(`no docstring above ${missing.join(', ')}`);
  return found;
}

function sentence(docstring: string): string {
  return docstring
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

function shown(value: unknown): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : `\`${String(value)}\``;
}
