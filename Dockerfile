# toedit with the prior that comes with it. On the CPU:
#
#   docker build --tag toedit .
#   docker run --rm --volume "$PWD:/data" toedit edit /data/corpus --output /data/edited
#
# On NVIDIA GPUs (run with --gpus all, and --device cuda):
#
#   docker build --tag toedit:cuda --build-arg ONNXRUNTIME=cuda12 \
#     --build-arg RUNTIME=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04 .
ARG NODE=node:22-bookworm-slim
ARG RUNTIME=${NODE}

FROM ${NODE} AS package
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN mkdir /packed && npm pack --ignore-scripts=false --pack-destination /packed

FROM ${NODE} AS install
# `cuda12` downloads ONNX Runtime's CUDA files, some 300 MB; `skip` does not.
ARG ONNXRUNTIME=skip
COPY --from=package /packed /packed
RUN ONNXRUNTIME_NODE_INSTALL=${ONNXRUNTIME} npm install --global --prefix /opt/toedit /packed/*.tgz

# hadolint ignore=DL3006
FROM ${RUNTIME}
COPY --from=install /usr/local/bin/node /usr/local/bin/node
COPY --from=install /opt/toedit /opt/toedit
ENV PATH=/opt/toedit/bin:${PATH}
# Nobody in the image; who mounts a directory may choose another with --user.
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["toedit"]
CMD ["--help"]
