# The registry, with the Node that package-lock.json pins; only the tree of packages is built.

FROM node:26.9.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Only compilers need the headers of Node; certificates are set in one weight of their font.
RUN npm ci --omit=dev --no-audit --no-fund \
    && rm -rf node_modules/node-linux-*/include node_modules/node-linux-*/share \
    && find node_modules/@embedpdf/fonts-sc/fonts -type f ! -name NotoSansHans-Regular.otf -delete

# The page for browsers; nothing of what builds it goes into the image.
FROM node:26.9.0-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
COPY test/http/openapi-client/package.json test/http/openapi-client/
RUN npm ci --no-audit --no-fund
COPY domain domain
COPY src src
COPY web web
RUN node src/page/building.ts /app /app/web/dist/built && chmod -R a+rX web/dist

FROM debian:trixie-20260918-slim
# Node 26 needs libatomic, which Debian's slim image lacks.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libatomic1 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 700 /data /keys
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY LICENSE package.json registry ./
COPY domain domain
COPY projections projections
COPY samples samples
COPY src src
COPY --from=page /app/web/dist web/dist
# SQLite sorts in temporary files: put them on the disk of the data, since /tmp is memory.
ENV PATH=/app/node_modules/.bin:$PATH \
    HOST=0.0.0.0 \
    PORT=3000 \
    REGISTRY_DATA=/data \
    REGISTRY_KEYS=/keys \
    SQLITE_TMPDIR=/data
USER 10001:10001
EXPOSE 3000
VOLUME ["/data", "/keys"]
# Checks that the process answers, not that the store does: restarting a node does not help while its store is unavailable.
HEALTHCHECK --interval=10s --timeout=5s --start-period=5m --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--v8-pool-size=0", "src/main.ts", "serve"]
