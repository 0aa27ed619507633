import { ceremonyId, type DraftMember, genesisDraftToJson } from '@cairn/protocol';
import { type CommandIo, commandError } from '../commands/command-io.ts';
import { createProgress } from '../commands/progress.ts';
import { writeFileOnce } from '../config/write-file.ts';
import type { DraftOptions } from './init-options.ts';
import { makeDraft, readDocumentFile } from './make-draft.ts';

export interface WriteDraftOptions extends DraftOptions {
  readonly member: readonly string[];
  readonly out: string;
  readonly json?: boolean;
}

/** Puts the entries of the members into one draft, for all of them. */
export function writeDraft(options: WriteDraftOptions, io: CommandIo): void {
  const draft = makeDraft(options.member.map(readMember), options, Date.now());
  writeFileOnce(options.out, genesisDraftToJson(draft));
  const id = ceremonyId(draft, 0, false);
  const facts = { file: options.out, ceremonyId: id, members: draft.members.map(({ name }) => name) };
  createProgress(io, options.json === true).tell(
    'draft',
    facts,
    `${options.out} is written: give it to every member; the ceremony id of run 0 is ${id}`,
  );
}

function readMember(file: string): DraftMember {
  const value = readDocumentFile(file) as Partial<DraftMember> | null;
  if (typeof value !== 'object' || value === null || !Array.isArray(value.addresses)) {
    throw commandError('COMMAND_INPUT_MALFORMED', `${file} is no entry of a member`, { file });
  }
  const { name, identityKey, addresses } = value as DraftMember;
  return { name, identityKey, addresses };
}
