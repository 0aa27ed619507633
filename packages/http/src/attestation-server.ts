import type { AttestationPorts } from './attestation-ports.ts';
import { addBlockRoutes } from './block-routes.ts';
import { addEntityTags } from './caching.ts';
import { addEventRoutes } from './event-routes.ts';
import { addEvidenceRoutes } from './evidence-routes.ts';
import { addFeedRoutes } from './feed-routes.ts';
import { createApp, type HttpServer, toServer } from './http-app.ts';
import { addLogRoutes } from './log-routes.ts';
import type { HttpObserver } from './observer.ts';
import { addDocs } from './openapi.ts';
import type { HttpServerOptions } from './options.ts';
import { addReportRoutes } from './report-routes.ts';
import { addRoundRoutes } from './round-routes.ts';
import { addFeedList, addSharedRoutes } from './shared-routes.ts';
import { addUpdateRoutes } from './update-stream.ts';

/** Static files to serve beside the API, e.g. the explorer: path -> content. Held in memory. */
export type Pages = ReadonlyMap<string, { readonly contentType: string; readonly body: Uint8Array }>;

/** The public API of an aggregator. It serves only what can be verified; nothing can be changed through it. */
export async function createAttestationServer(
  options: HttpServerOptions & { readonly pages?: Pages },
  ports: AttestationPorts,
  observer: HttpObserver = {},
): Promise<HttpServer> {
  const context = createApp(options, observer);
  addEntityTags(context);
  await addDocs(context, {
    title: 'Cairn attestations',
    description: 'What the network has certified, with proofs. Verify every attestation: no server has to be trusted.',
  });
  addSharedRoutes(context, ports, () => ports.anchorChain());
  addEvidenceRoutes(context, ports, () => ports.position().anchoredSize);
  addFeedList(context, ports);
  addFeedRoutes(context, ports);
  addRoundRoutes(context, ports);
  addUpdateRoutes(context, ports);
  addEventRoutes(context, ports);
  addReportRoutes(context, ports);
  addBlockRoutes(context, ports);
  addLogRoutes(context, ports);
  addPages(context, options.pages ?? new Map());
  return toServer(context, options);
}

function addPages({ app }: ReturnType<typeof createApp>, pages: Pages): void {
  for (const [path, { contentType, body }] of pages) {
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=60').type(contentType).send(Buffer.from(body)),
    );
  }
}
