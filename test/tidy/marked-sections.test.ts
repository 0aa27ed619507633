import { describe, expect, test } from 'vitest';
import { fillMarked } from '../../scripts/docs/marked-sections.ts';
import { constantsOf } from '../../scripts/docs/source-constants.ts';

describe('generated parts of a page', () => {
  const page = 'by hand\n<!-- generated: limits -->\nold\n<!-- end -->\nby hand';

  test('are put between their marks, and nothing else changes', () => {
    expect(fillMarked(page, new Map([['limits', 'new']]))).toBe(page.replace('old', 'new'));
  });

  test('must have a mark, and a mark must have a table', () => {
    expect(() => fillMarked('no mark', new Map([['limits', 'new']]))).toThrow(/no mark for limits/);
    expect(() => fillMarked(page, new Map())).toThrow(/name limits/);
  });

  test('a constant without a docstring is named', () => {
    const source = '/** Bytes of a thing. */\nexport const THING_BYTES_MAX = 1024;\nexport const OTHER = 1;\n';
    expect(() => constantsOf(source, { THING_BYTES_MAX: 1024, OTHER: 1 })).toThrow(/OTHER/);
    expect(constantsOf(source, { THING_BYTES_MAX: 1024 })).toEqual([
      { name: 'THING_BYTES_MAX', value: '1,024', says: 'Bytes of a thing.' },
    ]);
  });
});
