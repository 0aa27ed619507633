import { readFileSync } from 'node:fs';
import { CairnError } from '@cairn/primitives';
import { type DraftMember, type GenesisDraft, genesisDraftFromValue, RULES_VERSION } from '@cairn/protocol';
import { parse } from 'yaml';
import { commandError } from '../commands/command-io.ts';
import { durationMs } from '../config/duration.ts';
import { viewTimeoutCapMin } from '../config/view-timeout-cap.ts';
import { hostFeeds } from '../device-command/host-source.ts';
import type { DraftOptions } from './init-options.ts';

/** Or more, where the committee or the timeout asks for it. */
const VIEW_TIMEOUT_CAP_MS = 60_000;

/** The draft genesis of these members. @throws COMMAND_OPTION_INVALID, CONFIG_FILE_MISSING, PROTOCOL_* */
export function makeDraft(members: readonly DraftMember[], options: DraftOptions, createdAt: number): GenesisDraft {
  const viewTimeoutMs = duration('--view-timeout', options.viewTimeout);
  if (!/^\d{1,9}$/.test(options.epochBlocks))
    throw commandError('COMMAND_OPTION_INVALID', '--epoch-blocks takes a number');
  const parameters = {
    blockIntervalMs: duration('--block-interval', options.blockInterval),
    viewTimeoutMs,
    viewTimeoutMsMax: Math.max(viewTimeoutMs, VIEW_TIMEOUT_CAP_MS),
    epochBlocks: Number(options.epochBlocks),
  };
  const viewTimeoutMsMax = Math.max(parameters.viewTimeoutMsMax, viewTimeoutCapMin({ members, parameters }));
  return genesisDraftFromValue({
    rulesVersion: RULES_VERSION,
    networkName: options.networkName ?? 'cairn',
    createdAt,
    members,
    parameters: { ...parameters, viewTimeoutMsMax },
    feeds: options.feeds === undefined ? hostFeeds() : readDocumentFile(options.feeds),
    recoveryKeys: [],
    recoveryThreshold: 0,
  });
}

/** @returns a parsed JSON or YAML file, still to be checked. @throws CONFIG_FILE_MISSING, CONFIG_FILE_MALFORMED */
export function readDocumentFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CairnError('CONFIG_FILE_MISSING', `cannot read ${file}`, { file }, { cause });
  }
  try {
    return parse(text, { maxAliasCount: 0, uniqueKeys: true });
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    throw new CairnError('CONFIG_FILE_MALFORMED', `${file}: ${line}`, { file });
  }
}

function duration(option: string, text: string): number {
  const value = durationMs(text);
  if (value === undefined)
    throw commandError('COMMAND_OPTION_INVALID', `${option} takes a duration such as 200ms or 2s`);
  return value;
}
