import type { Target } from './target.ts';

/** Loaded when asked for: some bring half of the house along. */
const FAMILIES: Readonly<Record<string, () => Promise<{ readonly targets: readonly Target[] }>>> = {
  wire: () => import('./targets/wire.ts'),
  protocol: () => import('./targets/protocol.ts'),
  crypto: () => import('./targets/crypto.ts'),
  merkle: () => import('./targets/merkle.ts'),
  threshold: () => import('./targets/threshold.ts'),
  verify: () => import('./targets/verify.ts'),
  ledger: () => import('./targets/ledger.ts'),
  storage: () => import('./targets/storage.ts'),
  solana: () => import('./targets/solana.ts'),
  client: () => import('./targets/client.ts'),
  network: () => import('./targets/network.ts'),
  node: () => import('./targets/node.ts'),
  peer: () => import('./targets/peer.ts'),
  replica: () => import('./targets/replica.ts'),
  snapshot: () => import('./targets/snapshot.ts'),
  http: () => import('./targets/http.ts'),
  sockets: () => import('./targets/sockets.ts'),
  streams: () => import('./targets/streams.ts'),
  canary: () => import('./targets/canary.ts'),
};

/** Deliberately broken: only by name. */
const CANARY = 'canary';
/** Real sockets: not in the default tests, which run beside others. */
const WITH_SOCKETS: ReadonlySet<string> = new Set(['http', 'sockets', 'streams']);

/**
 * @param wanted `all`, `in-process` (without sockets), a family, or `family/name`.
 * @returns empty when there is none of that name.
 */
export async function targetsOf(wanted: string): Promise<readonly Target[]> {
  const [family = ''] = wanted.split('/');
  const isGroup = wanted === 'all' || wanted === 'in-process';
  const families = Object.keys(FAMILIES).filter((name) => {
    if (!isGroup) return name === family;
    return name !== CANARY && (wanted === 'all' || !WITH_SOCKETS.has(name));
  });
  const loaded = await Promise.all(families.map((name) => FAMILIES[name]?.()));
  const targets = loaded.flatMap((module) => module?.targets ?? []);
  return isGroup || wanted === family ? targets : targets.filter(({ name }) => name === wanted);
}
