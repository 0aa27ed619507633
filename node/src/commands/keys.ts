import { wipe } from '@cairn/crypto';
import { networkIdOf } from '@cairn/protocol';
import type { Command } from 'commander';
import { MemberFiles, memberIndexOf } from '../config/member-files.ts';
import { type CommandIo, EXIT, processIo, toExitCode } from './command-io.ts';
import { addSettingOptions, type SettingOptions, settingsOf } from './setting-options.ts';

/** Adds `cairn keys show` and `cairn keys check`. */
export function keysCommand(program: Command): void {
  const keys = program.command('keys').description('the keys of a member');
  const show = keys.command('show').description('public keys and which shares there are; needs no passphrase');
  addSettingOptions(show, ['data', 'genesis']).action(async (options: SettingOptions) => {
    const task = async () => showKeys(new MemberFiles(settingsOf(show).settings), options, processIo);
    process.exitCode = await toExitCode(processIo, options.json === true, task);
  });
  const check = keys
    .command('check')
    .description('open every key file, and compare the share with the genesis document');
  addSettingOptions(check, ['data', 'genesis', 'passphraseFile']).action(async (options: SettingOptions) => {
    const task = async () => checkKeys(new MemberFiles(settingsOf(check).settings), options, processIo);
    process.exitCode = await toExitCode(processIo, options.json === true, task);
  });
}

function showKeys(files: MemberFiles, options: SettingOptions, io: CommandIo): number {
  return tell(
    { identityKey: files.identityKey(), hasShare: files.hasShare(), hasGenesis: files.hasGenesis() },
    options,
    io,
  );
}

function checkKeys(files: MemberFiles, options: SettingOptions, io: CommandIo): number {
  const passphrase = files.readPassphrase();
  const identity = files.openIdentity(passphrase);
  wipe(identity.secretSeed);
  const genesis = files.readGenesis();
  const member = memberIndexOf(genesis.members, identity.publicKey);
  const share = files.openShare(genesis, member, passphrase);
  wipe(share.secretShare);
  const { publicKey: identityKey } = identity;
  const { verificationShare, groupKey } = share;
  const facts = {
    networkId: networkIdOf(genesis),
    member,
    identityKey,
    verificationShare,
    groupKey,
    isShareValid: true,
  };
  return tell(facts, options, io);
}

function tell(facts: Readonly<Record<string, unknown>>, options: SettingOptions, io: CommandIo): number {
  if (options.json === true) io.out(JSON.stringify(facts));
  else for (const [name, value] of Object.entries(facts)) io.out(`${name.padEnd(20)}${String(value)}`);
  return EXIT.done;
}
