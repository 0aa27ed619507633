// Goal: the terminal shows the frame, never flickers, and is given back. Method: a writer that records, and a tiny terminal.
import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { changedRows, Screen } from './screen.ts';

const ESC = '\u001b[';

/** @returns the rows that a terminal shows after `output`, which moves to a row, writes it and clears its rest. */
function shown(rows: readonly string[], output: string): string[] {
  const after = [...rows];
  for (const part of output.split(ESC).slice(1)) {
    const move = /^(\d+);1H([\s\S]*)$/.exec(part);
    if (move !== null) after[Number(move[1]) - 1] = move[2] as string;
  }
  return after;
}

class FakeTerminal extends EventEmitter {
  readonly columns = 80;
  readonly rows = 24;
  writableNeedDrain = false;
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

describe('changedRows', () => {
  test('writes only what differs, and nothing for the same frame', () => {
    const output = changedRows(['a', 'b', 'c'], ['a', 'x', 'c']);
    expect(output).toBe(`${ESC}2;1Hx${ESC}K`);
    expect(changedRows(['a'], ['a'])).toBe('');
  });
  test.each([
    [['a', 'b', 'c'], ['d']],
    [[], ['a', 'b']],
    [['a'], ['', 'b', '']],
  ])('turns %j into %j', (before, after) => {
    const rows = shown(before, changedRows(before, after));
    expect(rows).toEqual(Array.from({ length: Math.max(before.length, after.length) }, (_, row) => after[row] ?? ''));
  });
});

describe('Screen', () => {
  test('takes the alternate screen, draws, waits for a slow terminal, and gives it back once', () => {
    const out = new FakeTerminal();
    let frame = 'first';
    const screen = new Screen({ render: () => frame }, { out: out as unknown as WriteStream });
    expect(out.text).toContain(`${ESC}?1049h`);
    expect(out.text).toContain('first');
    out.writableNeedDrain = true;
    frame = 'second';
    screen.draw();
    expect(out.text).not.toContain('second');
    out.writableNeedDrain = false;
    screen.draw();
    expect(out.text).toContain('second');
    screen.close();
    screen.close();
    expect(out.text.split(`${ESC}?1049l`)).toHaveLength(2);
    expect(out.listenerCount('resize')).toBe(0);
  });

  test('after a resize everything is drawn again', () => {
    const out = new FakeTerminal();
    const screen = new Screen({ render: () => 'same' }, { out: out as unknown as WriteStream });
    out.text = '';
    out.emit('resize');
    expect(out.text).toContain('same');
    screen.close();
  });
});
