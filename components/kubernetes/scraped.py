"""How a pod says that its metrics are to be read: the annotations that the estate's collector looks for."""


def scraped(port: int, path: str = "/metrics", *, secure: bool = False) -> dict[str, str]:
    """Annotations of a pod. `secure`: over HTTPS, with the collector's own token."""
    found = {"prometheus.io/scrape": "true", "prometheus.io/port": str(port), "prometheus.io/path": path}
    return {**found, "prometheus.io/scheme": "https"} if secure else found
