# The search service for one model. The store is a volume:
#   docker build -t plumage .
#   docker run -p 127.0.0.1:8080:8080 -v ./models/store:/app/models/store \
#     --read-only --tmpfs /tmp:size=512m --cap-drop ALL --security-opt no-new-privileges plumage
# Add -v ./web/dist:/app/web/dist:ro to serve the page as well. To pin the base image, add
# --build-arg NODE_IMAGE=node@sha256:... to docker build.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
# npm needs the manifest of every workspace to verify the lockfile.
COPY package.json package-lock.json .npmrc ./
COPY models/package.json models/
COPY export/package.json export/
COPY train/package.json train/
COPY serve/package.json serve/
COPY web/package.json web/
COPY e2e/package.json e2e/
RUN npm ci --omit=dev --workspace @plumage/serve --workspace @plumage/models

FROM ${NODE_IMAGE}
# The C library gives back what an upload took, instead of keeping it for the next one.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    ORT_DISABLE_TELEMETRY=1 \
    PLUMAGE_HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app ./
COPY models/src models/src
COPY serve/src serve/src
# A new named volume takes the owner of the folder that it is mounted on.
RUN mkdir -p models/store && chown node:node models/store
# The user "node", as a number: Kubernetes' runAsNonRoot cannot check a name.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--import", "tsx", "serve/src/commands/serveCommand.ts"]
