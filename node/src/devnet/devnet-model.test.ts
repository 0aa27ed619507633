// Goal: what the view shows is what the processes told. Method: replies as the servers give them, and the state after.
import { describe, expect, test } from 'vitest';
import { DevnetModel } from './devnet-model.ts';
import { initialDevnetState } from './devnet-state.ts';
import { parseLogLine, warningText } from './log-lines.ts';
import { OwnReports } from './own-reports.ts';
import { Progress } from './progress.ts';
import { anchorView, memberStatus, metricSample, resultView, type StatusReply } from './read-replies.ts';

function newModel(): DevnetModel {
  const memberNames = ['node-0', 'node-1'];
  const state = initialDevnetState({ now: 1000, networkName: 'devnet', threshold: 2, dataDir: 'd', memberNames });
  return new DevnetModel(state, { now: () => 2000 });
}

describe('DevnetModel', () => {
  test('counts reports of each second, over the restart of a member too', () => {
    const model = newModel();
    for (const total of [3, 10, null, 10, 2, 12]) model.certifiedReports(total);
    expect(model.state.reportsPerSecond).toEqual([3, 7, 0, 0, 0, 2]);
    expect(model.state.reports).toBe(12);
  });

  test('the height never goes back', () => {
    const model = newModel();
    model.chainAt({ height: 5, view: 0, blockTime: 900 });
    model.chainAt({ height: 4, view: 3, blockTime: 800 });
    expect(model.state).toMatchObject({ height: 5, view: 0, blockTime: 900 });
  });

  test('counts each anchor once and keeps the largest with the time of its first sight', () => {
    const model = newModel();
    const anchor = { treeSize: 7, slot: 3, transaction: 'b', confirmedAt: 100 };
    model.anchored(anchor);
    model.anchored({ ...anchor, treeSize: 6, transaction: 'a' });
    model.anchored({ ...anchor, confirmedAt: 999 });
    expect(model.state).toMatchObject({ anchorCount: 2, anchor });
  });

  test('one warning said over and over is one line', () => {
    const model = newModel();
    for (const text of ['x', 'x', 'y']) model.warn('node-0', text);
    expect(model.state.warnings.map(({ text }) => text)).toEqual(['x', 'y']);
  });
});

describe('replies', () => {
  const status: StatusReply = {
    member: 1,
    height: 7,
    view: 0,
    blockTime: 5,
    isSyncing: false,
    halted: null,
    pendingItems: 0,
    members: [
      { index: 0, isConnected: true, votes: { present: 9, window: 10 } },
      { index: 1, isConnected: true, votes: { present: 1, window: 10 } },
    ],
  };

  test('a member does not count itself as a peer, and its votes are those that the highest member saw', () => {
    const members = status.members.map((member) => ({ ...member, votes: { present: 8, window: 10 } }));
    expect(memberStatus(status, { ...status, members })).toMatchObject({
      peersConnected: 1,
      votes: { present: 8, window: 10 },
    });
  });

  test('a result has the unit of the feed and is scaled; no number is shown where the rules gave none', () => {
    const feed = { id: 'air', channels: [{ name: 'pm25', unit: 'ug/m3' }] } as never;
    const channel = (code: string) => ({
      name: 'pm25',
      exponent: -2,
      count: 3,
      filtered: 0,
      aggregates: [{ kind: 'median', code, value: 2196 }],
    });
    const result = (code: string) =>
      ({
        feed: 'air',
        group: '',
        windowEnd: 9,
        status: 'final',
        reports: 3,
        devices: 1,
        channels: [channel(code)],
      }) as never;
    const view = (code: string) => resultView(feed, { group: '', latest: { anchored: true, result: result(code) } });
    expect(view('ok')).toMatchObject({
      isAnchored: true,
      readings: [{ channel: 'pm25', unit: 'ug/m3', value: '21.96' }],
    });
    expect(view('overflow').readings[0]?.value).toBeNull();
  });

  test('an anchor counts when the chain has confirmed it', () => {
    const reply = { transaction: 't', status: 'submitted', treeSize: 3, slot: null, chain: 'c' };
    const seen = { chain: 'c', now: 1 };
    expect(anchorView(reply, seen)).toBeNull();
    const confirmed = { ...reply, status: 'finalized', slot: 4 };
    expect(anchorView(confirmed, seen)).toMatchObject({ slot: 4, confirmedAt: 1 });
    expect(anchorView(confirmed, { ...seen, chain: 'of an earlier start' })).toBeNull();
  });

  test('a metric is found by its whole series', () => {
    const page = '# HELP a b\na{code="accepted_not"} 1\na{code="accepted"} 42\na 7\n';
    expect(metricSample(page, 'a{code="accepted"}')).toBe(42);
    expect(metricSample(page, 'a')).toBe(7);
    expect(metricSample(page, 'b')).toBeNull();
  });

  test('log lines: a warning with its code, and nothing from what is no log line', () => {
    const line = '{"level":40,"time":1,"name":"node-1","msg":"peer lost","member":2,"err":{"code":"X_TIMEOUT"}}';
    expect(warningText(parseLogLine(line)!)).toBe('peer lost X_TIMEOUT member=2');
    expect(parseLogLine('    at foo (bar.ts:1)')).toBeNull();
    expect(parseLogLine('{"level":')).toBeNull();
  });

  test('ids of our own reports are taken from what devices say, each once', () => {
    const reports = new OwnReports(2);
    for (const id of ['a', 'a', 'b', 'c']) reports.take(JSON.stringify({ event: 'progress', lastSettled: { id } }));
    for (const line of ['nothing', '{}', '{"lastSettled":null}', '{"lastSettled":{"id":7}}']) reports.take(line);
    expect(reports.ids).toEqual(['a', 'b']);
  });
});

test('Progress says every change once', () => {
  const lines: string[] = [];
  const progress = new Progress({ say: (line) => lines.push(line.slice(9)) });
  const model = newModel();
  progress.update(model.state);
  model.set({ phase: 'ceremony' });
  model.setMember(1, { ceremony: 'shared' });
  model.warn('node-1', 'slow disk');
  progress.update(model.state);
  progress.update(model.state);
  expect(lines).toEqual([
    'preparing keys and the draft of the genesis document',
    'the members make the group key together',
    'node-1: ceremony at shared',
    'node-1: slow disk',
  ]);
});
