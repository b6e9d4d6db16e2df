# The search service over one model of the store, which is mounted: models/store on /app/models/store.
#   docker build -t plumage . && docker run -p 8080:8080 -v ./models/store:/app/models/store plumage
# With -v ./web/dist:/app/web/dist it serves the page too, where that has been built.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY models/package.json models/
COPY export/package.json export/
COPY train/package.json train/
COPY serve/package.json serve/
COPY web/package.json web/
COPY e2e/package.json e2e/
# tsx runs the TypeScript as it is; what only training and tests need stays out.
RUN npm ci --workspace @plumage/serve --workspace @plumage/models --include-workspace-root --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production PLUMAGE_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app ./
COPY models models
COPY serve serve
RUN mkdir -p models/store && chown node models/store
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "serve/src/commands/serveCommand.ts"]
