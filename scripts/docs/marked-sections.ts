const MARKED = /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(\n<!-- end -->)/g;

/**
 * Puts each table between its marks, `<!-- generated: NAME -->` and `<!-- end -->`; the rest is written by hand.
 * @throws when a mark names no table, or a table has no mark.
 */
export function fillMarked(text: string, tables: ReadonlyMap<string, string>): string {
  const used = new Set<string>();
  const filled = text.replaceAll(MARKED, (_, head: string, name: string, tail: string) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`nothing is generated under the name ${name}`);
    used.add(name);
    return `${head}${table}${tail}`;
  });
  const unused = [...tables.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`no mark for ${unused.join(', ')}`);
  return filled;
}
