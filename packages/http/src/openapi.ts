import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { AppContext } from './http-app.ts';

export interface DocsTitle {
  readonly title: string;
  readonly description: string;
}

/** Collects the OpenAPI document of all routes added after it: /docs/openapi.json, and its page under /docs. */
export async function addDocs({ app }: AppContext, info: DocsTitle): Promise<void> {
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { ...info, version: '1' } } });
  await app.register(swaggerUi, { routePrefix: '/docs/page', uiConfig: { docExpansion: 'list' } });
  app.get('/docs/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.header('cache-control', 'public, max-age=60').send(app.swagger()),
  );
  app.get('/docs', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs/page/'));
}
