"""How a pod says that its metrics are to be read, and how whoever reads them finds it."""

from collections.abc import Sequence

# Their metrics are behind HTTPS and want to know who asks; a token is sent to nobody else.
CONTROLLERS: Sequence[str] = ("kueue-system",)
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105  where it lies, not what it is
# NVIDIA's operator gives its exporter no annotation of ours, but always this label and port.
OPERATED, OPERATED_PORT = "nvidia-dcgm-exporter", 9400
META = "__meta_kubernetes_pod"

Relabel = dict[str, object]
# What a sample says of its pod.
NAMED: list[Relabel] = [
    {"action": "replace", "source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
    {"action": "replace", "source_labels": [f"{META}_name"], "target_label": "pod"},
]


def scraped(port: int, path: str = "/metrics", *, secure: bool = False) -> dict[str, str]:
    """Annotations of a pod. `secure`: over HTTPS, in one of the namespaces of CONTROLLERS."""
    found = {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": path}
    return {**found, "prometheus.io/scheme": "https"} if secure else found


def scrape_jobs() -> list[dict[str, object]]:
    """Prometheus' scrape configurations: of pods that ask for it by these annotations, and of NVIDIA's operator."""
    scheme = f"{META}_annotation_prometheus_io_scheme"
    return [
        {
            "job_name": "pods",
            "kubernetes_sd_configs": [{"role": "pod"}],
            "relabel_configs": [{"action": "drop", "source_labels": [scheme], "regex": "https"}, *_found()],
        },
        {
            "job_name": "controllers",
            "scheme": "https",
            "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": list(CONTROLLERS)}}],
            "tls_config": {"insecure_skip_verify": True},  # controllers sign their certificates themselves
            "bearer_token_file": TOKEN,
            "relabel_configs": [{"action": "keep", "source_labels": [scheme], "regex": "https"}, *_found()],
        },
        {
            "job_name": "gpu-operator",
            "kubernetes_sd_configs": [{"role": "pod", "namespaces": {"names": ["gpu-operator"]}}],
            "relabel_configs": [
                {"action": "keep", "source_labels": [f"{META}_label_app"], "regex": OPERATED},
                {
                    "action": "replace",
                    "source_labels": ["__address__"],
                    "regex": r"([^:]+)(?::\d+)?",
                    "replacement": f"$1:{OPERATED_PORT}",
                    "target_label": "__address__",
                },
                *NAMED,
            ],
        },
    ]


def _found() -> list[Relabel]:
    return [
        {"action": "keep", "source_labels": [f"{META}_annotation_prometheus_io_scrape"], "regex": "true"},
        {
            "action": "replace",
            "source_labels": [f"{META}_annotation_prometheus_io_path"],
            "regex": "(.+)",
            "target_label": "__metrics_path__",
        },
        {
            "action": "replace",
            "source_labels": ["__address__", f"{META}_annotation_prometheus_io_port"],
            "regex": r"([^:]+)(?::\d+)?;(\d+)",
            "replacement": "$1:$2",
            "target_label": "__address__",
        },
        *NAMED,
    ]
