import type { DevnetState } from './devnet-state.ts';
import { clock, duration, grouped, unitText } from './format.ts';

const HEIGHT_EVERY_MS = 5000;

/** What a person who reads lines, not a screen, should hear: each change once. */
export class Progress {
  readonly #say: (line: string) => void;
  #before: DevnetState | undefined;
  #heightSaidAt = 0;

  constructor(dependencies: { readonly say: (line: string) => void }) {
    this.#say = dependencies.say;
  }

  /** Called about once a second. */
  update(state: DevnetState): void {
    const before = this.#before;
    this.#before = state;
    for (const line of changes(before, state)) this.#say(`${clock(state.now)} ${line}`);
    if (state.height > 0 && state.now - this.#heightSaidAt >= HEIGHT_EVERY_MS) {
      this.#heightSaidAt = state.now;
      this.#say(`${clock(state.now)} ${heightLine(state)}`);
    }
  }
}

function heightLine(state: DevnetState): string {
  const up = state.members.filter(({ process }) => process === 'up').length;
  return `height ${grouped(state.height)}, view ${state.view}, ${grouped(state.reports)} reports certified, ${up} of ${state.members.length} members up`;
}

function* changes(before: DevnetState | undefined, state: DevnetState): Iterable<string> {
  if (state.groupKey !== null && state.groupKey !== before?.groupKey) {
    const took = state.ceremonyMs === null ? '' : ` in ${duration(state.ceremonyMs)}`;
    yield state.isKeyFromEarlierStart
      ? `group key ${state.groupKey}`
      : `group key ${state.groupKey}, made together${took}`;
    yield `network ${state.networkName}, id ${state.networkId}`;
  }
  if (state.phase !== before?.phase) yield PHASES[state.phase];
  if (state.links.length !== before?.links.length)
    for (const { label, url } of state.links) yield `open ${label}: ${url}`;
  yield* memberChanges(before, state);
  yield* resultChanges(before, state);
  if (state.anchor !== null && state.anchor.transaction !== before?.anchor?.transaction) {
    const { slot, transaction, treeSize } = state.anchor;
    yield `anchored heights to ${grouped(treeSize - 1)} in slot ${slot}, signature ${transaction}`;
  }
  const seen = new Set(before?.warnings);
  for (const warning of state.warnings) {
    if (!seen.has(warning)) yield `${warning.source}: ${warning.text}`;
  }
}

const PHASES = {
  preparing: 'preparing keys and the draft of the genesis document',
  ceremony: 'the members make the group key together',
  starting: 'starting members, chain, aggregator and devices',
  running: 'running',
  stopping: 'ending every process',
} as const;

function* memberChanges(before: DevnetState | undefined, state: DevnetState): Iterable<string> {
  for (const [index, member] of state.members.entries()) {
    const was = before?.members[index];
    if (member.ceremony !== (was?.ceremony ?? 'waiting') && !state.isKeyFromEarlierStart) {
      yield `${member.name}: ceremony at ${member.ceremony}`;
    }
    if (member.process !== (was?.process ?? 'waiting')) yield `${member.name}: ${member.process}`;
  }
}

function* resultChanges(before: DevnetState | undefined, state: DevnetState): Iterable<string> {
  for (const result of state.results) {
    const series = (other: DevnetState['results'][number]): boolean =>
      other.feed === result.feed && other.group === result.group && other.windowEnd === result.windowEnd;
    if (before?.results.some(series)) continue;
    const name = result.group === '' ? result.feed : `${result.feed}/${result.group}`;
    const values = result.readings.map(({ channel, value, unit }) =>
      `${channel} ${value ?? 'none'} ${unitText(unit)}`.trim(),
    );
    const what = result.status === 'final' ? values.join(', ') : result.status;
    yield `${name} to ${clock(result.windowEnd)}: ${what} (${result.devices} devices, ${result.reports} reports)`;
  }
}
