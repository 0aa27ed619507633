import { createApp, type HttpServer, toServer } from './http-app.ts';
import type { HttpObserver } from './observer.ts';
import type { HttpServerOptions } from './options.ts';
import type { SharedPorts } from './shared-ports.ts';
import { addHealthRoutes } from './shared-routes.ts';

/** Health and metrics on a port of their own, for operators: /health, /ready, /live, /metrics. */
export async function createAdminServer(
  options: HttpServerOptions,
  ports: Pick<SharedPorts, 'health' | 'metrics'>,
  observer: HttpObserver = {},
): Promise<HttpServer> {
  const context = createApp(options, observer);
  addHealthRoutes(context, ports);
  return toServer(context, options);
}
