# The conformance suite: docker build -t reseq . && docker run --rm --network host reseq --server localhost:9000
# Reports: docker run ... -v "$PWD/report:/report" --user "$(id -u)" reseq ... --report text,json=/report/results.jsonl

FROM node:20-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# What is packed is what is run: the image has no sources and no tools.
RUN npm pack --pack-destination /tmp \
 && npm install --prefix /suite --omit=dev --ignore-scripts --no-audit --no-fund /tmp/reseq-*.tgz

FROM node:20-alpine
COPY --from=build /suite /suite
WORKDIR /home/node
USER node
ENTRYPOINT ["node", "/suite/node_modules/reseq/dist/bin/reseq.js", "conformance"]
