# Builds everything from source, then keeps what runs. `docker build -t counterfoil .`
# Debian, not Alpine: the search engine's library needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts && npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Counterfoil" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /opt/counterfoil
COPY --from=build --chown=root:root /build/package.json ./
COPY --from=build --chown=root:root /build/node_modules ./node_modules
COPY --from=build --chown=root:root /build/packages ./packages
# Its own user, who owns the data alone: nothing that runs can change what runs.
RUN groupadd --gid 10001 counterfoil \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/counterfoil --shell /usr/sbin/nologin counterfoil \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/counterfoil \
 && ln -s /opt/counterfoil/packages/server/bin/counterfoil.js /usr/local/bin/counterfoil
USER 10001:10001
ENV NODE_ENV=production \
    COUNTERFOIL_HOST=0.0.0.0 \
    COUNTERFOIL_PORT=8787 \
    COUNTERFOIL_DATA=/var/lib/counterfoil \
    COUNTERFOIL_DRAIN_SECONDS=5
VOLUME /var/lib/counterfoil
EXPOSE 8787
STOPSIGNAL SIGTERM
# It has child processes of its own: run it with --init, so that what they leave behind is reaped.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.COUNTERFOIL_PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["counterfoil"]
CMD ["serve"]
