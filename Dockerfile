# The worker and the command line in one image. Never run yet: see docs/verified.md.
# Debian rather than Alpine: the core of Temporal's SDK and DuckDB are native libraries for glibc.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim AS worker
# the SDK speaks TLS with the certificates of the system
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /app/dist ./dist
# `docker compose run --rm worker redoflow list`
RUN chmod 755 dist/client/main.js && ln -s /app/dist/client/main.js /usr/local/bin/redoflow
USER node
# a worker ends at SIGTERM when its work is at a safe point, within a minute
STOPSIGNAL SIGTERM
CMD ["node", "--max-semi-space-size=64", "dist/worker/main.js"]
