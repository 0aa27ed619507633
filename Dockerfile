# One image for every role: a committee member, an aggregator, a device, the command line.
# The sources run as they are (Node strips the types), so building means installing the pinned packages.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
# the lockfile first: as long as it stays, this layer is taken from the cache
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx -y pnpm@10.34.9 fetch --prod
COPY . .
RUN npx -y pnpm@10.34.9 install --offline --frozen-lockfile --prod

FROM node:24-bookworm-slim
ENV NODE_ENV=production CAIRN_DATA=/data
WORKDIR /app
COPY --from=packages /app /app
# new volumes take the owner of the folder that they are mounted over
RUN install -d -o node -g node /data /data/node-0 /data/node-1 /data/node-2 /data/node-3 /data/aggregator
USER node
ENTRYPOINT ["node", "node/src/main.ts"]
CMD ["--help"]
