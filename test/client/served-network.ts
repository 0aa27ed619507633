import { CairnClient, type ClientConfig, type Platform } from '@cairn/client';
import { createAttestationServer, type HttpServer } from '@cairn/http';
import { FakeArchive } from '@cairn/http/testing';
import { type Attestation, decodeCheckpointNote, decodeReport } from '@cairn/protocol';
import { type NetworkFixture, networkFixture } from '@cairn/verify/fixture';

export const network = networkFixture();
export const other = networkFixture({ seed: 2 });
export const trust = { networkId: network.networkId };
export const GROUP = '8928308280fffff';

/** A certified result of the fixture network. */
export function round(height: number, position: number, of = network) {
  const attestation = of.attestation({ height, index: position });
  const { result } = attestation.subject as Extract<Attestation['subject'], { kind: 'result' }>;
  return { height, position, result, attestation };
}

function archiveOf(of: NetworkFixture) {
  const archive = new FakeArchive({ feed: of.genesis.feeds[0] as never });
  for (let height = 1; height < 10; height++)
    archive.certify(round(height, 0, of), round(height, 1, of), round(height, 2, of));
  const checkpointOf = (size: number) => {
    const note = of.note(size);
    const { treeSize, root, headerHash } = decodeCheckpointNote(note).checkpoint;
    return { treeSize, root, headerHash, note };
  };
  let size = 5;
  const ports = archive.ports({
    genesis: () => of.genesis,
    reportAttestation: (id) =>
      [0, 1, 2]
        .map((index) => of.attestation({ kind: 'report', height: 4, index }))
        .find((each) => reportIdOf(each) === id) ?? null,
    checkpoint: (asked) => checkpointOf(asked ?? size),
    consistency: ({ firstSize, secondSize }) => ({
      firstSize,
      secondSize,
      firstRoot: checkpointOf(firstSize).root,
      secondRoot: checkpointOf(secondSize).root,
      proof: of.consistencyProof(firstSize, secondSize),
    }),
  });
  return {
    archive,
    ports,
    grow: (to: number) => {
      size = to;
    },
  };
}

export function reportIdOf(attestation: Attestation): string {
  const { report } = attestation.subject as { report: Uint8Array };
  return decodeReport(report, network.networkId).report.id;
}

/** The public API over the rounds of a fixture network, as an aggregator serves it. */
export class ServedNetwork {
  readonly archive: FakeArchive;
  /** Lets the log of the server end at this size. */
  readonly grow: (size: number) => void;
  readonly #server: HttpServer;
  readonly #baseUrl: string;

  private constructor(archive: ReturnType<typeof archiveOf>, server: HttpServer, baseUrl: string) {
    this.archive = archive.archive;
    this.grow = archive.grow;
    this.#server = server;
    this.#baseUrl = baseUrl;
  }

  static async start(): Promise<ServedNetwork> {
    const archive = archiveOf(network);
    const server = await createAttestationServer({ host: '127.0.0.1', port: 0 }, archive.ports);
    return new ServedNetwork(archive, server, await server.start());
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  client(config: Partial<ClientConfig> = {}, platform: Partial<Platform> = {}): CairnClient {
    return new CairnClient({ baseUrl: this.#baseUrl, trust, ...config }, platform);
  }
}

/** All that a generator gives. */
export async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

/** A server in between that changes answers. */
export function between(change: (json: never, url: URL) => unknown): Partial<Platform> {
  return {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const url = new URL(String(input));
      if (!response.headers.get('content-type')?.includes('json')) return response;
      return Response.json(change((await response.json()) as never, url));
    },
  };
}
