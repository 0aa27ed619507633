import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wipe } from '@cairn/crypto';
import { randomBytes } from '@cairn/crypto/random';
import { CairnError, toHex } from '@cairn/primitives';
import { type DraftMember, type GenesisDraft, genesisDraftFromValue, genesisDraftToJson } from '@cairn/protocol';
import { IdentityKeyStore, makeDirectory, readIdentityPublicKey, readPassphrase } from '@cairn/storage';
import type { CommandIo } from '../commands/command-io.ts';
import { createProgress } from '../commands/progress.ts';
import { CONFIG_SCHEMA_VERSION, MEMBER_PROFILE } from '../config/load-settings.ts';
import { writeFileOnce } from '../config/write-file.ts';
import type { DraftOptions, InitOptions } from './init-options.ts';
import { makeDraft, readDocumentFile } from './make-draft.ts';

const P2P_PORT = 4001;
const HTTP_PORT = 8080;
const AGGREGATOR_HTTP_PORT = 8090;

/** Makes what is missing of one member, and says how the draft names it. */
export function initMember(options: InitOptions & { readonly data: string }, io: CommandIo): void {
  const listen = options.p2pListen ?? `/ip4/127.0.0.1/tcp/${P2P_PORT}`;
  const member = makeMember({
    dataDir: options.data,
    name: options.name,
    addresses: options.address ?? [listen],
    p2pListen: listen,
    httpListen: options.httpListen ?? `127.0.0.1:${HTTP_PORT}`,
    passphraseFile: options.passphraseFile ?? process.env.CAIRN_PASSPHRASE_FILE,
  });
  const sentence = `${options.data} is ready. Its entry in the draft genesis:\n${JSON.stringify(member, null, 2)}`;
  createProgress(io, options.json === true).tell('member', { ...member, data: options.data }, sentence);
}

export interface CommitteeOptions extends Omit<InitOptions, 'committee' | 'networkName'> {
  readonly data: string;
  readonly committee: number;
  readonly networkName?: string | undefined;
}

/** Makes what is missing of a whole committee: every member's directory with the draft of all, and an aggregator's. */
export function initCommittee(options: CommitteeOptions, io: CommandIo): void {
  const progress = createProgress(io, options.json === true);
  // Where each member has a host of its own, all have the same ports.
  const ownHost = options.host.includes('{index}');
  const places = Array.from({ length: options.committee }, (_, index) => placeOf(options, index, ownHost));
  const members = places.map((place) => {
    const member = makeMember(place);
    progress.tell('member', { ...member, data: place.dataDir }, `${place.dataDir} (${member.identityKey})`);
    return member;
  });
  const draft = existingDraft(places, members) ?? makeDraft(members, draftOptions(options), Date.now());
  const aggregatorDir = join(options.data, 'aggregator');
  makeAggregator(options, aggregatorDir, ownHost);
  for (const dataDir of [...places.map((place) => place.dataDir), aggregatorDir]) {
    const path = join(dataDir, 'draft.json');
    if (!existsSync(path)) writeFileOnce(path, genesisDraftToJson(draft));
  }
  const facts = { networkName: draft.networkName, members: members.length, feeds: draft.feeds.map(({ id }) => id) };
  progress.tell(
    'draft',
    facts,
    `draft of ${draft.networkName} with ${members.length} members, feeds ${facts.feeds.join(', ')}`,
  );
}

interface MemberPlace {
  readonly dataDir: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly p2pListen: string;
  readonly httpListen: string;
  readonly passphraseFile: string | undefined;
}

function placeOf(options: CommitteeOptions, index: number, ownHost: boolean): MemberPlace {
  const host = options.host.replaceAll('{index}', String(index));
  const offset = ownHost ? 0 : index;
  const isAddress = /^[\d.]+$/.test(host);
  const listenHost = ownHost ? '0.0.0.0' : '127.0.0.1';
  return {
    dataDir: join(options.data, `node-${index}`),
    name: `node-${index}`,
    addresses: [`/${isAddress ? 'ip4' : 'dns4'}/${host}/tcp/${P2P_PORT + offset}`],
    p2pListen: `/ip4/${listenHost}/tcp/${P2P_PORT + offset}`,
    httpListen: `127.0.0.1:${HTTP_PORT + offset}`,
    passphraseFile: undefined,
  };
}

function makeMember(place: MemberPlace): DraftMember {
  const { dataDir, name, addresses } = place;
  makeDirectory(join(dataDir, 'keys'));
  const passphraseFile = place.passphraseFile ?? join(dataDir, 'passphrase');
  if (!existsSync(passphraseFile)) writeFileOnce(passphraseFile, `${toHex(randomBytes(24))}\n`, 0o600);
  if (!existsSync(join(dataDir, 'keys', 'identity.json'))) {
    const seed = randomBytes(32);
    new IdentityKeyStore({ dataDir, passphrase: readPassphrase({ file: passphraseFile }) }).save(seed);
    wipe(seed);
  }
  const config = join(dataDir, MEMBER_PROFILE.fileName);
  if (!existsSync(config)) writeFileOnce(config, configText(place));
  return { name, identityKey: readIdentityPublicKey(dataDir), addresses };
}

function configText({ name, p2pListen, httpListen, passphraseFile }: MemberPlace): string {
  const passphrase =
    passphraseFile === undefined
      ? '# passphraseFile: /run/secrets/cairn'
      : `passphraseFile: ${JSON.stringify(passphraseFile)}`;
  return `# A member of a Cairn network. Flags go before CAIRN_ variables, those before this file; see cairn config print.
schemaVersion: ${CONFIG_SCHEMA_VERSION}
name: ${JSON.stringify(name)}
# The file beside the keys protects them from nobody who can read this directory: keep it elsewhere in production.
${passphrase}
p2p:
  listen: [${JSON.stringify(p2pListen)}]
http:
  listen: ${JSON.stringify(httpListen)}
log:
  level: info
`;
}

/** A draft that is there already is kept: its hash is what the members agreed on. */
function existingDraft(places: readonly MemberPlace[], members: readonly DraftMember[]): GenesisDraft | null {
  const path = places.map(({ dataDir }) => join(dataDir, 'draft.json')).find((file) => existsSync(file));
  if (path === undefined) return null;
  const draft = genesisDraftFromValue(readDocumentFile(path));
  const isSame =
    draft.members.length === members.length &&
    draft.members.every(({ identityKey }, i) => identityKey === members[i]?.identityKey);
  if (isSame) return draft;
  throw new CairnError('NODE_IDENTITY_MISMATCH', `${path} names other members than the keys beside it`, { file: path });
}

function draftOptions({ networkName, ...options }: CommitteeOptions): DraftOptions {
  return networkName === undefined ? options : { ...options, networkName };
}

function makeAggregator({ committee, host }: CommitteeOptions, directory: string, ownHost: boolean): void {
  makeDirectory(directory, 0o777);
  const path = join(directory, 'aggregator.yaml');
  if (existsSync(path)) return;
  const sources = Array.from({ length: committee }, (_, index) => {
    const name = host.replaceAll('{index}', String(index));
    return `  - http://${name}:${HTTP_PORT + (ownHost ? 0 : index)}`;
  });
  writeFileSync(
    path,
    `# Follows the members of this network, anchors its log, serves attestations; see cairn aggregator --help.
# The draft beside this file says whose signatures count; genesis.json is added when the members have made their key.
schemaVersion: 1
sources:
${sources.join('\n')}
http:
  listen: 127.0.0.1:${AGGREGATOR_HTTP_PORT}
`,
  );
}
