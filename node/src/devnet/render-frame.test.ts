// Goal: the live view fits every terminal and tells no lie. Method: frames of made-up states, looked at as text.
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DevnetState, initialDevnetState, type MemberView } from './devnet-state.ts';
import { renderFrame } from './render-frame.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const names = ['node-0', 'node-1', 'node-2', 'node-3'];
const base = initialDevnetState({
  now: NOW,
  networkName: 'devnet',
  threshold: 3,
  dataDir: '.cairn/devnet',
  memberNames: names,
});

function member(change: Partial<MemberView> = {}): MemberView {
  const votes = { present: 98, window: 100 };
  const status = { height: 1234, view: 0, isSyncing: false, halted: null, pendingItems: 2, peersConnected: 3, votes };
  return { name: 'node-0', ceremony: 'done', process: 'up', status, ...change };
}

const running: DevnetState = {
  ...base,
  phase: 'running',
  startedAt: NOW - 83_000,
  networkId: '5b'.repeat(32),
  groupKey: '8f'.repeat(32),
  ceremonyMs: 2310,
  height: 1234,
  blockTime: NOW - 400,
  reports: 15_204,
  reportsPerSecond: Array.from({ length: 90 }, (_, second) => second % 7),
  members: names.map((name) => member({ name })),
  results: [
    {
      feed: 'host',
      group: '',
      windowEnd: NOW - 4000,
      status: 'final',
      reports: 10,
      devices: 1,
      isAnchored: true,
      readings: [
        { channel: 'load', unit: '1', kind: 'median', value: '0.42' },
        { channel: 'temperature', unit: 'Cel', kind: 'median', value: '45.2' },
      ],
    },
  ],
  anchor: { treeSize: 1231, slot: 4321, transaction: `5x${'K'.repeat(84)}9z`, confirmedAt: NOW - 3000 },
  anchorCount: 14,
  links: [
    { label: 'API', url: 'http://127.0.0.1:8090/docs' },
    { label: 'metrics', url: 'http://127.0.0.1:8080/metrics' },
  ],
  warnings: [{ at: NOW - 9000, source: 'node-2', text: 'peer unreachable' }],
};

const screen = { columns: 80, rows: 24, color: false };
const frame = (state: DevnetState, options = screen): string => renderFrame(state, options);

describe('renderFrame', () => {
  test('80 x 24 holds everything that a newcomer asks for', () => {
    const text = frame(running);
    for (const wanted of [
      running.networkId!,
      'height 1 234',
      'view 0',
      '15 204 certified',
      '3 of 4 sign',
      'made together in 2.3 s',
      'node-3',
      '98%',
      'load 0.42',
      'temperature 45.2 °C',
      'slot 4 321',
      '5xKKKKKK…KKKKKK9z',
      'to height 1 230',
      'http://127.0.0.1:8090/docs',
      'peer unreachable',
      'Ctrl-C',
    ]) {
      expect(text).toContain(wanted);
    }
    expect(text.split('\n')).toHaveLength(24);
  });

  test('never leaves the screen, whatever its size and whatever the processes say', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    const states = fc.record({
      networkName: text,
      reports: fc.nat(),
      members: fc.array(
        fc.record({ name: text, process: fc.constantFrom('waiting', 'up', 'down'), halted: fc.option(text) }),
        { maxLength: 20 },
      ),
      warnings: fc.array(fc.record({ at: fc.constant(NOW), source: text, text }), { maxLength: 30 }),
    });
    const size = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(states, size, fc.boolean(), ({ members, ...rest }, { columns, rows }, color) => {
        const views = members.map(({ name, process, halted }) => {
          const plain = member();
          return { ...plain, name, process, status: { ...plain.status!, halted } } as MemberView;
        });
        const lines = renderFrame({ ...running, ...rest, members: views }, { columns, rows, color }).split('\n');
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect([...stripVTControlCharacters(line)].length).toBeLessThanOrEqual(columns);
      }),
      { numRuns: 200 },
    );
  });

  test('has no escape codes without colours, and the same words with them', () => {
    const plain = frame(running);
    const painted = frame(running, { ...screen, color: true });
    expect(stripVTControlCharacters(plain)).toBe(plain);
    expect(painted).not.toBe(plain);
    const trimmed = (text: string) => text.split('\n').map((line) => line.trimEnd());
    expect(trimmed(stripVTControlCharacters(painted))).toEqual(trimmed(plain));
  });

  test('control characters of a log line do not reach the terminal', () => {
    const warnings = [{ at: NOW, source: 'node-1', text: 'a\u001b[2Jb\rc' }];
    expect(frame({ ...running, warnings })).toContain('a?[2Jb?c');
  });

  test('shows how far each member is in the ceremony', () => {
    const steps = ['done', 'confirmed', 'shared', 'waiting'] as const;
    const members = names.map((name, index) => member({ name, ceremony: steps[index]!, status: null }));
    const text = frame({ ...base, phase: 'ceremony', members });
    expect(text).toContain('making the group key');
    expect(text).toContain('● ◕ ◑ ○ ');
    expect(text).toMatch(/node-0 +●●●●● {2}has its key share/);
    expect(text).toMatch(/node-2 +●●●○○ {2}shared/);
  });

  test('a member that is down, halted or behind says so', () => {
    const status = member().status!;
    const members = [
      member({ process: 'down' }),
      member({ status: { ...status, halted: 'another header' } }),
      member({ status: { ...status, isSyncing: true, votes: { present: 1, window: 100 } } }),
    ];
    const text = frame({ ...running, members });
    expect(text).toMatch(/98%.*down/);
    expect(text).toContain('halted: another header');
    expect(text).toContain('catching up');
  });

  test('a larger screen shows more of the log and the whole signature', () => {
    const warnings = Array.from({ length: 50 }, (_, index) => ({
      at: NOW,
      source: 'node-1',
      text: `warning ${index}`,
    }));
    const large = frame({ ...running, warnings }, { columns: 150, rows: 60, color: false });
    expect(large).toContain(running.anchor!.transaction);
    expect(large).toContain('warning 49');
    expect(large.match(/warning \d+/g)!.length).toBeGreaterThan(20);
    expect(frame({ ...running, warnings })).toContain('warning 49');
  });

  test('many members: the rest is counted, not hidden', () => {
    const members = Array.from({ length: 31 }, (_, index) => member({ name: `node-${index}` }));
    expect(frame({ ...running, members })).toMatch(/… \d+ more members/);
  });
});
