# One image for every process of Skald: which one it is, compose.yaml says by its command.
FROM node:24.21.0-bookworm-slim@sha256:2fe369e969550cde8e867afc3fe370b260140cab4a23d467074295b42163d553 AS base

FROM base AS packages
WORKDIR /skald
COPY package.json package-lock.json ./
# Neither what only developers need, nor the Postgres that `skald up` brings. No package runs a script of its own here.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM base
WORKDIR /skald
COPY --from=packages /skald/node_modules node_modules
COPY package.json ./
COPY machines machines
COPY migrations migrations
COPY services services
COPY orchestrator orchestrator
COPY deploy/secrets deploy/secrets
# A clone under a strict umask has files that only its owner reads, and COPY keeps that. Of those that all may read nothing is
# touched: each would be in the image twice.
RUN find . ! -perm -o=r -exec chmod o+rX {} +
# An empty volume takes over who owns the folder that it is mounted on: the service `secrets` writes there as `node`.
RUN mkdir -p /secrets/master /secrets/postgres /secrets/migrate /secrets/orchestrator /secrets/carts /secrets/stocks /secrets/produits /secrets/prometheus /secrets/grafana && chown -R node:node /secrets
USER node
EXPOSE 8000
CMD ["node", "orchestrator/main.ts"]
# Ready, not merely alive: an orchestrator that owns no partition, or a process whose database is away, is not healthy.
HEALTHCHECK --interval=10s --start-period=30s --start-interval=1s --timeout=4s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
