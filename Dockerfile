# hub in a container: npm ci && npm run build && docker build -t hub .
#   docker run --rm -v hf-cache:/cache hub download gpt2
FROM node:24-slim

COPY dist/hub.mjs /opt/hub/hub.mjs

# A new volume takes over the folder's owner, so that the user below may write there.
RUN ln -s /opt/hub/hub.mjs /usr/local/bin/hub && install -d -o node -g node /cache
ENV HF_HOME=/cache
VOLUME /cache

USER node
WORKDIR /cache
ENTRYPOINT ["hub"]
CMD ["--help"]
