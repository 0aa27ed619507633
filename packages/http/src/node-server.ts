import { addEvidenceRoutes } from './evidence-routes.ts';
import { createApp, type HttpServer, toServer } from './http-app.ts';
import { addIntakeRoutes } from './intake-routes.ts';
import type { NodePorts } from './node-ports.ts';
import { addNodeRoutes } from './node-routes.ts';
import type { HttpObserver } from './observer.ts';
import { addDocs } from './openapi.ts';
import type { HttpServerOptions } from './options.ts';
import { addFeedList, addSharedRoutes } from './shared-routes.ts';

/** The server of a committee member: intake of reports, its state, blocks for followers. */
export async function createNodeServer(
  options: HttpServerOptions,
  ports: NodePorts,
  observer: HttpObserver = {},
): Promise<HttpServer> {
  const context = createApp(options, observer);
  await addDocs(context, {
    title: 'Cairn node',
    description: 'Intake of device reports, and the state of one member.',
  });
  addSharedRoutes(context, ports, () => null);
  addEvidenceRoutes(context, ports, () => 0);
  addFeedList(context, ports);
  addIntakeRoutes(context, ports);
  addNodeRoutes(context, ports);
  return toServer(context, options);
}
