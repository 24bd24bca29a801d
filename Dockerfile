# Three images: `jobs` (CPU), `gpu` (CUDA) and `serving`. Everything in them is locked with hashes.
#
#     docker build --target jobs --tag <repository>:<version> .
#
# The base images are named by version, not by digest: a digest can only be taken from a registry, by whoever builds.
# `docker buildx imagetools inspect python:3.12-slim-bookworm` prints it; CI may then pass it as PYTHON_IMAGE.

# Both have Python 3.12, so that what is trained in one is served in another with the same versions.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-runtime-ubuntu24.04

# The installed packages, and the project itself without what only a workstation needs.
FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements/uv.txt requirements/jobs.txt requirements/
RUN python -m pip install --require-hashes --requirement requirements/uv.txt \
    && uv venv /opt/venv \
    && uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --requirement requirements/jobs.txt
COPY pyproject.toml README.md ./
COPY contracts contracts
COPY pipelines pipelines
RUN uv pip install --no-cache --python /opt/venv/bin/python --no-deps --no-build-isolation .

# What jobs have besides: they record their evaluations to MLflow, which an endpoint has no use for.
FROM build AS build-jobs
COPY requirements/tracking.txt requirements/
RUN uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --requirement requirements/tracking.txt

FROM ${PYTHON_IMAGE} AS runtime
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# xgboost's threads.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

# Jobs: SageMaker gives the command, such as `python -m pipelines.jobs.train`; a tuning job, which has none, starts the
# image with the argument `train`, a program of the project. It mounts /opt/ml as root and writes there as the image's
# user, so that this image keeps root, as SageMaker's own do.
FROM runtime AS jobs
COPY --from=build-jobs /opt/venv /opt/venv
WORKDIR /opt/ml

# SageMaker starts hosting with the argument `serve`, and mounts /opt/ml/model readable for everybody.
FROM runtime AS serving
COPY --from=build /opt/venv /opt/venv
RUN useradd --uid 10001 --create-home serving
USER 10001
WORKDIR /home/serving
EXPOSE 8080
# Without the first CreateModel refuses the image for a multi-model endpoint; the second: it listens where it is told.
LABEL com.amazonaws.sagemaker.capabilities.multi-models=true \
      com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/ping', timeout=4)"]
ENTRYPOINT ["python", "-m", "pipelines.serving"]
CMD ["serve"]

# Training on GPUs: xgboost's CUDA build in place of its CPU build.
FROM ${CUDA_IMAGE} AS gpu
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements/uv.txt requirements/gpu.txt requirements/
RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/python -m pip install --require-hashes --requirement requirements/uv.txt \
    && /opt/uv/bin/uv venv --python python3 /opt/venv \
    && /opt/uv/bin/uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --requirement requirements/gpu.txt
COPY pyproject.toml README.md ./
COPY contracts contracts
COPY pipelines pipelines
RUN /opt/uv/bin/uv pip install --no-cache --python /opt/venv/bin/python --no-deps --no-build-isolation .
WORKDIR /opt/ml
